"""Cases 34–38: custom channels."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bench.conformance.cases import case
from bench.conformance.ground import Ground
from firstline.kit.signing import signed
from tests.channels.custom.receiver import Receiver


class Bridge:
    """A registered channel with one account, and its receiver."""

    def __init__(self, ground: Ground, *answers: int, url: str | None = None, **capabilities: Any) -> None:
        self.ground = ground
        self.receiver = Receiver(*answers)
        made = ground.first.post(
            "/custom-channels", name="Bridge", capabilities=capabilities, webhook_url=url or self.receiver.url
        )
        self.channel, self.secret = made["id"], made["webhook_secret"]
        self.account = ground.first.post(f"/custom-channels/{self.channel}/accounts", name="Bot", delivery_identifier="@bot")[
            "id"
        ]

    def publish(self, text: str, number: str, *, to: str = "first") -> httpx.Response:
        body = {"account_id": self.account, "idempotency_id": number, "sender": {"id": "mira"}, "text": text}
        product = self.ground.first if to == "first" else self.ground.second
        return product.api.post(f"/custom-channels/{self.channel}/messages", json=body)

    def reply(self, text: str, **more: Any) -> tuple[str, str]:
        """A teammate's reply; ids of conversation and message."""
        talk = self.publish("Hello", f"hello-{time.time_ns()}").json()["conversation_id"]
        return talk, self.ground.first.post(f"/conversations/{talk}/messages", text=text, **more)["id"]

    def state(self, talk: str, message: str) -> tuple[str, str]:
        timeline = self.ground.second.get(f"/conversations/{talk}")["timeline"]
        found = next(one for one in timeline if one["id"] == message)
        return found["delivery"], found["delivery_reason"] or ""

    def ends(self, talk: str, message: str, state: str) -> str:
        """Wait for a state; its reason."""
        self.ground.until(lambda: self.state(talk, message)[0] == state)
        return self.state(talk, message)[1]

    def close(self) -> None:
        self.receiver.close()


@case(34, "same idempotency id and body: same answer, on both workers at once; another body: 409")
def same_id(ground: Ground) -> None:
    bridge = Bridge(ground)
    with ThreadPoolExecutor(8) as pool:
        sides = ["first", "second"] * 4
        answers = list(pool.map(lambda side: bridge.publish("Hello", "m1", to=side), sides))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert bridge.publish("Another", "m1", to="second").status_code == 409
    assert len(ground.first.get("/conversations", channel_account_id=bridge.account)["items"]) == 1
    bridge.close()


@case(35, "an unknown version beside a good signature: 200; an item without comma: 401; six minutes old: 401")
def signatures(ground: Ground) -> None:
    bridge = Bridge(ground)
    event = {"type": "message.published", "data": {"idempotency_id": "e1", "sender": {"id": "zoe"}, "text": "Hello"}}
    body = json.dumps(event).encode()
    now = datetime.now(UTC)
    good = signed([bridge.secret], "evt_1", now, body)
    path = f"/hooks/custom/{bridge.account}"

    def post(signature: str, headers: dict[str, str] = good) -> int:
        return ground.deliver(path, body, {**headers, "webhook-signature": signature}).status_code

    assert post(f"v9,abc {good['webhook-signature']}") == 200
    assert post(f"{good['webhook-signature']} nonsense") == 401
    old = signed([bridge.secret], "evt_2", now - timedelta(minutes=6), body)
    assert post(old["webhook-signature"], old) == 401
    assert ground.deliver_to_both(path, body, good) == [200, 200]
    assert len(ground.first.get("/conversations", channel_account_id=bridge.account)["items"]) == 1
    bridge.close()


@case(36, "a webhook at 169.254.169.254, or one that redirects there, is refused")
def private_targets(ground: Ground) -> None:
    allowed = [product.app.state.channels["custom"] for product in (ground.first, ground.second)]
    for custom in allowed:
        custom.allow_private = False
    try:
        straight = Bridge(ground, url="http://169.254.169.254/latest/meta-data")
        talk, message = straight.reply("one")
        assert "no public address" in straight.ends(talk, message, "failed")
        straight.close()
    finally:
        for custom in allowed:
            custom.allow_private = True
    redirecting = Bridge(ground, 302)
    talk, message = redirecting.reply("one")
    assert "answered 302" in redirecting.ends(talk, message, "failed")
    assert len(redirecting.receiver.got) == 1
    redirecting.close()


@case(37, "no buttons declared: numbered text; an attachment over the limit: a link")
def capabilities(ground: Ground) -> None:
    from firstline.conversations import replying

    bridge = Bridge(ground, attachments=["file"], max_attachment_bytes=10)
    file = {"name": "manual.txt", "content": base64.b64encode(b"longer than ten bytes").decode()}
    talk, message = bridge.reply("See the manual.", attachments=[file])
    bridge.ends(talk, message, "sent")
    sent = json.loads(bridge.receiver.got[-1][1])["data"]
    assert sent["attachments"] == []
    link = sent["text"].partition("manual.txt: ")[2]
    assert "/files/" in link
    offered = {"options": ["Returns", "Repairs"]}
    choice = ground.shop.database.run(replying.reply, talk, "Which?", ground.shop.jonas, data=offered)
    ground.shop.database.run(_defer, talk)
    bridge.ends(talk, choice.id, "sent")
    sent = json.loads(bridge.receiver.got[-1][1])["data"]
    assert (sent["text"], sent["buttons"]) == ("Which?\n1. Returns\n2. Repairs", [])
    bridge.close()


def _defer(tx: Any, talk: str) -> None:
    from firstline.kit.jobs import defer

    defer(tx, "channels.deliver", key=talk, conversation_id=talk)


@case(38, "failed with final: false, later delivered: delivered")
def provisional_failure(ground: Ground) -> None:
    bridge = Bridge(ground)
    talk, message = bridge.reply("one")
    bridge.ends(talk, message, "sent")

    def report(**said: Any) -> str:
        answer = ground.second.api.patch(f"/custom-channels/{bridge.channel}/messages/{message}", json=said)
        return str(answer.json()["status"])

    assert report(status="failed", error="Trying again", final=False) == "failed"
    assert report(status="delivered") == "delivered"
    assert report(status="failed", error="Late") == "delivered"
    bridge.close()
