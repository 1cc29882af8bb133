"""Publishing, reporting and sending on a custom channel."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.testclient import TestClient

from firstline import problems
from firstline.channels import accounts, files_api, writing_api
from firstline.channels.base import RawRequest
from firstline.channels.custom import api, commands, queries
from firstline.channels.custom.channel import Custom
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.deliver import Outbox
from firstline.channels.intake import hooks
from firstline.channels.intake.hooks import Door
from firstline.channels.intake.receiving import Receiving
from firstline.channels.trying import send_test
from firstline.conversations import api as conversations_api
from firstline.conversations.record import locked
from firstline.conversations.rules import OwnerKind
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Refused
from firstline.kit.signing import check, signed
from firstline.people import keys
from firstline.settings import Settings
from tests.channels.custom.receiver import Receiver
from tests.world import KEYRING, Shop


class Office:
    """The REST interface with one registered channel."""

    def __init__(self, shop: Shop, *, allow_private: bool = True, url: str | None = None, **capabilities: Any) -> None:
        self.shop = shop
        self.database = shop.database
        self.custom = Custom(shop.database, KEYRING, "https://desk.example", allow_private=allow_private)
        self.channels = {"custom": self.custom}
        self.threading = capabilities.pop("threading", Threading.DELIVERY_IDENTIFIER)
        self.channel, self.secret = shop.database.run(
            commands.register,
            KEYRING,
            name="Chirp",
            capabilities=Declared(**capabilities),
            threading=self.threading,
            webhook_url=url,
            webhook_secret=None,
            by=shop.ines,
        )
        identifier = DeliveryIdentifier(value="@veloria")
        self.account = shop.database.run(
            commands.add_account, KEYRING, self.channel, name="Bot", workspace="inbox", identifier=identifier, by=shop.ines
        )
        app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
        app.state.database, app.state.keyring, app.state.channels = shop.database, KEYRING, self.channels
        app.state.door = Door(shop.database, Receiving(self.channels, KEYRING))
        app.state.settings = Settings(public_url="https://desk.example")
        for one in (api, conversations_api, writing_api, files_api, hooks):
            app.include_router(one.router)
        _, key = shop.database.run(keys.create_api_key, "tests", by=shop.ines)
        self.web = TestClient(app, headers={"authorization": f"Bearer {key}"})

    def publish(self, text: str, id_: str, **more: Any) -> Any:
        body = {"account_id": self.account, "idempotency_id": id_, "sender": {"id": "mira", "name": "Mira"}, "text": text, **more}
        return self.web.post(f"/api/v1/custom-channels/{self.channel}/messages", json=body)

    def talk(self) -> str:
        return str(self.publish("Hello", "first").json()["conversation_id"])

    def reply(self, talk: str, text: str, **more: Any) -> Any:
        return self.web.post(f"/api/v1/conversations/{talk}/messages", json={"text": text, **more})

    def deliver(self, talk: str) -> None:
        asyncio.run(Outbox(self.database, self.channels, KEYRING, "https://desk.example").deliver(talk))

    def state(self, talk: str) -> list[tuple[str, str | None]]:
        timeline = self.web.get(f"/api/v1/conversations/{talk}").json()["timeline"]
        return [(one["delivery"], one["delivery_reason"]) for one in timeline if one["delivery"]]

    def report(self, message: str, **said: Any) -> Any:
        return self.web.patch(f"/api/v1/custom-channels/{self.channel}/messages/{message}", json=said)

    def hook(self, *events: Any, headers: dict[str, str] | None = None) -> int:
        body = json.dumps(list(events)).encode()
        given = headers or signed([self.secret], "evt_1", self.database.clock.now(), body)
        return self.web.post(f"/hooks/custom/{self.account}", content=body, headers=given).status_code

    def refusal(self, event: Any, headers: dict[str, str]) -> str:
        body = json.dumps([event]).encode()
        return str(self.web.post(f"/hooks/custom/{self.account}", content=body, headers=headers).text)

    def raw(self, body: bytes) -> RawRequest:
        return RawRequest(body=body, at=self.database.clock.now())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.mark.promise("CC2")
def test_the_same_id_and_body_get_the_same_answer_and_another_body_is_refused(shop: Shop) -> None:
    office = Office(shop)
    first, again, other = office.publish("Hello", "m1"), office.publish("Hello", "m1"), office.publish("Hello!", "m1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert other.status_code == 409
    assert "used with another message" in other.json()["detail"]


@pytest.mark.promise("CC1")
def test_each_person_has_one_thread_or_each_message_names_its_own(shop: Shop) -> None:
    lasting, forum = Office(shop), Office(shop, threading=Threading.INTEGRATION_THREAD_ID)
    assert lasting.publish("a", "1").json()["conversation_id"] == lasting.publish("b", "2").json()["conversation_id"]
    assert forum.publish("a", "1").status_code == 422
    one, two, back = (forum.publish("a", f"{n}", thread_id=thread).json() for n, thread in enumerate(("t1", "t2", "t1")))
    assert one["conversation_id"] == back["conversation_id"] != two["conversation_id"]


@pytest.mark.promise("CC1")
def test_a_number_is_as_good_an_id_as_a_text(shop: Shop) -> None:
    office = Office(shop)
    first = office.publish("Hello", 12, sender={"id": 7, "name": "Mira"}).json()  # type: ignore[arg-type]
    assert office.publish("Hello", "12", sender={"id": "7", "name": "Mira"}).json() == first
    assert first["idempotency_id"] == "12"
    assert office.publish("Hello", "13", sender={"id": True}).status_code == 422


@pytest.mark.promise("CC1")
def test_a_thread_id_alone_says_where_a_message_belongs(shop: Shop, receiver: Receiver) -> None:
    """One that quotes another thread's message does not move there, and without a thread there is nowhere to send a test."""
    office = Office(shop, threading=Threading.INTEGRATION_THREAD_ID, url=receiver.url)
    one = office.publish("a", "1", thread_id="t1").json()
    two = office.publish("b", "2", thread_id="t2", in_reply_to="1").json()
    assert one["conversation_id"] != two["conversation_id"]
    account = shop.database.run(accounts.which, office.account, KEYRING)
    went, why = asyncio.run(send_test(shop.database, office.custom, account, "mira"))
    assert (went, "Publish a message with a thread_id, and answer it" in why) == (False, True)


@pytest.mark.promise("CH9", "CC1")
def test_a_colleagues_message_from_elsewhere_stops_the_agent(shop: Shop) -> None:
    office = Office(shop)
    talk = office.talk()
    shop.gives_to_agent(talk)
    sent = office.publish("I am on it", "o1", direction="outgoing", recipient={"id": "mira"}, sender={"id": "jo", "name": "Jo"})
    assert sent.json()["conversation_id"] == talk
    assert shop.database.run(locked, talk).owner.kind is OwnerKind.NOBODY
    assert office.publish("To whom?", "o2", direction="outgoing").status_code == 422


@pytest.mark.promise("CC1")
def test_a_reply_is_posted_signed_and_its_states_are_reported(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url)
    talk = office.talk()
    message = office.reply(talk, "We open at nine.").json()["id"]
    office.deliver(talk)
    ((headers, body),) = receiver.got
    assert check([office.secret], headers, body, shop.database.clock.now()) == message
    data = json.loads(body)["data"]
    assert (data["text"], data["recipient"], data["author"]["kind"]) == ("We open at nine.", {"id": "mira"}, "human")
    assert office.state(talk) == [("sent", None)]
    assert office.report(message, status="failed", error="Trying again", final=False).json()["status"] == "failed"
    assert office.report(message, status="delivered").json()["status"] == "delivered"
    assert office.report(message, status="failed", error="No").json()["status"] == "delivered"
    assert office.report(message, status="read").json()["status"] == "read"
    assert office.report("msg_nobody", status="read").status_code == 404
    assert office.report(message, status="eaten").status_code == 422
    (line,) = office.web.get(f"/api/v1/custom-channels/{office.channel}/deliveries").json()["items"]
    assert (line["status"], line["attempt"], line["message_id"]) == (200, 1, message)


def test_a_receiver_that_is_down_gets_it_again_under_the_same_id(shop: Shop, clock: FixedClock) -> None:
    receiver = Receiver(503, 500, 200)
    office = Office(shop, url=receiver.url)
    talk = office.talk()
    office.reply(talk, "one")
    for _ in range(3):
        office.deliver(talk)
        clock.advance(timedelta(seconds=40))
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3
    assert office.state(talk) == [("sent", None)]
    log = shop.database.run(queries.attempts, office.channel)
    assert [(one.attempt, one.status) for one in log] == [(3, 200), (2, 500), (1, 503)]
    receiver.close()


@pytest.mark.parametrize(
    ("answer", "reason", "attention"),
    [
        (400, "answered 400", None),
        (410, "answered 410", "webhook_gone"),
        (401, "enter the present secret there", "webhook_refused"),
        (404, "with its path", "webhook_refused"),
        (302, "leads to http://169.254.169.254/latest", "webhook"),
    ],
)
def test_a_refusal_is_final_and_a_broken_webhook_needs_attention(
    shop: Shop, answer: int, reason: str, attention: str | None
) -> None:
    receiver = Receiver(answer)
    office = Office(shop, url=receiver.url)
    talk = office.talk()
    office.reply(talk, "one")
    office.deliver(talk)
    ((state, why),) = office.state(talk)
    assert state == "failed"
    assert reason in (why or "")
    trouble = shop.database.run(accounts.which, office.account).attention
    assert (trouble and trouble["code"]) == attention
    assert len(receiver.got) == 1
    receiver.close()


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://127.0.0.1:1/", "http://[::ffff:10.0.0.1]/", "https://localhost/"]
)
def test_a_webhook_at_a_private_address_is_never_called(shop: Shop, url: str) -> None:
    office = Office(shop, allow_private=False, url=url)
    talk = office.talk()
    office.reply(talk, "one")
    office.deliver(talk)
    ((state, why),) = office.state(talk)
    assert state == "failed"
    assert "no public address" in (why or "")


@pytest.mark.parametrize("url", ["http://93.184.215.14/hook", "https://93.184.215.14:8443/hook"])
def test_a_webhook_in_the_open_goes_by_https_on_its_usual_port_and_the_account_says_so(shop: Shop, url: str) -> None:
    office = Office(shop, url=url)
    talk = office.talk()
    office.reply(talk, "one")
    office.deliver(talk)
    ((state, why),) = office.state(talk)
    assert (state, "is not https on its usual port" in (why or "")) == ("failed", True)
    trouble = shop.database.run(accounts.which, office.account).attention
    assert trouble is not None
    assert "FIRSTLINE_ALLOW_PLAIN_HTTP" in trouble["cure"]


@pytest.mark.parametrize(
    "url", ["ftp://x", "javascript:alert(1)", "https://user:pass@x.example/", "https://x example/", "x" * 3000]
)
def test_an_address_that_cannot_be_a_webhook_is_refused(shop: Shop, url: str) -> None:
    with pytest.raises(Refused):
        Office(shop, url=url)


@pytest.mark.promise("CC1", "CC2")
def test_events_may_come_as_signed_webhooks_too(shop: Shop, clock: FixedClock) -> None:
    office = Office(shop)
    event = {"type": "message.published", "data": {"idempotency_id": "w1", "sender": {"id": "mira"}, "text": "Hello"}}
    assert office.hook(event, {"type": "something.new"}, {"type": "message.published", "data": {}}) == 200
    assert office.hook(event) == 200
    assert len(office.web.get("/api/v1/conversations").json()["items"]) == 1
    body = json.dumps([event]).encode()
    good = signed([office.secret], "evt_2", clock.now(), body)
    assert office.hook(event, headers={**good, "webhook-signature": "v7,abc " + good["webhook-signature"]}) == 200
    assert office.hook(event, headers={**good, "webhook-signature": good["webhook-signature"] + " nonsense"}) == 401
    assert office.refusal(event, good | {"webhook-signature": "v1,AAAA"}) == "No signature fits."
    assert "webhook-timestamp and webhook-signature are needed" in office.refusal(event, {})
    clock.advance(timedelta(minutes=6))
    assert office.hook(event, headers=good) == 401
    assert office.refusal(event, good) == "The signature is more than five minutes away from now."


def test_old_and_new_secret_count_until_the_old_is_forgotten(shop: Shop) -> None:
    office = Office(shop)
    old = office.secret
    base = f"/api/v1/custom-channels/{office.channel}"
    new = office.web.post(f"{base}/rotate-secret").json()["webhook_secret"]
    event = {"type": "ping"}
    for secret in (old, new):
        office.secret = secret
        assert office.hook(event) == 200
    office.web.post(f"{base}/forget-old-secrets").raise_for_status()
    office.secret = old
    assert office.hook(event) == 401
    assert office.secret not in office.web.get(base).text


@pytest.mark.promise("CH8")
def test_what_is_not_declared_is_not_sent(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, text_limit=180, window_hours=24)
    talk = office.talk()
    office.reply(talk, "A sentence of thirty letters. " * 9, attachments=[{"name": "a.png", "content": "iVBORw0KGgoAAAA="}])
    office.deliver(talk)
    texts = [json.loads(body)["data"]["text"] for _, body in receiver.got]
    assert len(texts) > 1
    link = "".join(texts).partition("a.png: ")[2]
    assert link.startswith("https://desk.example/files/")
    assert office.web.get(f"/api/v1/conversations/{talk}/writing").json()["open"]


@pytest.mark.promise("CH8")
def test_a_reply_after_the_window_is_refused_before_it_is_written(shop: Shop, clock: FixedClock) -> None:
    office = Office(shop, window_hours=24)
    talk = office.talk()
    clock.advance(timedelta(hours=25))
    refused = office.reply(talk, "Too late")
    assert refused.status_code == 409
    assert "window is closed" in refused.json()["detail"]
    assert not office.web.get(f"/api/v1/conversations/{talk}/writing").json()["open"]


def test_a_file_is_served_so_that_nothing_in_it_runs(shop: Shop) -> None:
    import base64

    office = Office(shop)
    page = base64.b64encode(b"<html><script>alert(1)</script>").decode()
    files = [{"kind": "image", "name": "photo.png", "media_type": "image/png", "content": page}]
    talk = office.publish("", "f1", attachments=files).json()["conversation_id"]
    (message,) = [one for one in office.web.get(f"/api/v1/conversations/{talk}").json()["timeline"] if one["kind"] == "message"]
    (file,) = message["attachments"]
    served = office.web.get(file["url"])
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["content-disposition"].startswith("attachment")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert office.web.get(file["url"], headers={"authorization": ""}).status_code == 401
    assert office.web.get("/files/forged/photo.png").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"idempotency_id": ""},
        {"idempotency_id": "x" * 301},
        {"sender": {"id": ""}},
        {"sender": {"id": "a", "email": "no address"}},
        {"timestamp": "2026-11-22T09:00:00"},
        {"text": "x" * 20_001},
        {"direction": "sideways"},
        {"attachments": [{"kind": "bomb"}]},
        {"attachments": [{"name": "a", "content": "%%%"}]},
        {"attachments": [{"name": "a"}]},
        {"account_id": "cha_nobody"},
    ],
)
def test_a_publication_that_cannot_be_right_is_refused_and_changes_nothing(shop: Shop, body: dict[str, Any]) -> None:
    office = Office(shop)
    whole = {"id_": "m1", "text": "Hello", **{("id_" if key == "idempotency_id" else key): value for key, value in body.items()}}
    assert office.publish(**whole).status_code in (404, 422)
    assert office.web.get("/api/v1/conversations").json()["items"] == []


def test_a_sender_who_claims_somebodys_address_is_suggested_not_merged(shop: Shop) -> None:
    office = Office(shop)
    office.publish("Hello", "1", sender={"id": "a", "email": "mira@example.org"})
    office.publish("Hello", "2", sender={"id": "b", "email": "mira@example.org"})
    assert len(office.web.get("/api/v1/conversations").json()["items"]) == 2


def test_capabilities_that_make_no_sense_are_refused() -> None:
    for wrong in ({"text_limit": 3}, {"buttons": -1}, {"attachments": ["bomb"]}, {"window_hours": 0}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            Declared(**wrong)
