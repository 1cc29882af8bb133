"""Cases 17 to 23: Messenger and Instagram."""

import time
from typing import Any

from sqlalchemy import text

from bench.conformance.meta import Meta, case
from firstline.simulators.meta.posting import page
from firstline.simulators.meta.world import APP, INSTAGRAM, PAGE, Fault


def event(who: str, *, kind: str = "messenger", own: bool = False, at: float = 0.0, **content: Any) -> dict[str, Any]:
    """An event between a person and the page."""
    person, mine = {"id": who}, {"id": INSTAGRAM if kind == "instagram" else PAGE}
    when = int((time.time() + at) * 1000)
    return {"sender": mine if own else person, "recipient": person if own else mine, "timestamp": when, **content}


def begun(ground: Meta, who: str, kind: str = "messenger") -> tuple[Any, str]:
    """An account, and a conversation that the agent has."""
    account = ground.account(kind)
    assert ground.post(account, page(kind, event(who, kind=kind, message={"mid": f"m_{who}", "text": "Hello"}))) == 200
    conversation = ground.entries(account)[0].conversation_id
    ground.world.heard[who] = ground.world.now()
    ground.gives_to_agent(conversation)
    return account, conversation


@case(17, "200 inside 5 s; duplicate mid; delivery without mids but with watermark")
def deliveries(ground: Meta) -> None:
    account, conversation = begun(ground, "2417")
    started = time.perf_counter()
    body = page("messenger", *[event("2417", message={"mid": f"m17{n}", "text": "Hi"}) for n in range(100)])
    assert ground.post_twice_at_once(account, body) == [200, 200]
    assert time.perf_counter() - started < 5.0
    ground.takes_in(account)
    assert len(ground.entries(account)) == 101
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    mark = {"watermark": int((time.time() + 1) * 1000)}
    assert ground.post(account, page("messenger", event("2417", delivery=mark))) == 200
    assert ground.delivery(entry)[0] == "delivered"


@case(18, "echo with own app id; with another; without")
def echoes(ground: Meta) -> None:
    for who, app, owner in (
        ("2418", {"app_id": int(APP)}, "agent"),
        ("2518", {"app_id": 263902037430900}, "nobody"),
        ("2618", {}, "nobody"),
    ):
        account, conversation = begun(ground, who)
        echo = {"mid": f"e{who}", "is_echo": True, "text": "Hi", **app}
        assert ground.post(account, page("messenger", event(who, own=True, message=echo))) == 200
        assert ground.owner_of(conversation) == owner


@case(19, "sticker; fallback without payload; text and 2 attachments; message with neither")
def contents(ground: Meta) -> None:
    account = ground.account("messenger")
    sticker = {"type": "sticker", "payload": {"url": "https://cdn.example/s.png", "sticker_id": 369239263222822}}
    files = [
        {"type": "image", "payload": {"url": "https://c.example/a"}},
        {"type": "file", "payload": {"url": "https://c.example/b"}},
    ]
    messages: list[dict[str, Any]] = [
        {"mid": "m1", "attachments": [sticker]},
        {"mid": "m2", "attachments": [{"type": "fallback", "title": "Shop", "url": "https://v.example"}]},
        {"mid": "m3", "text": "Both", "attachments": files},
        {"mid": "m4"},
    ]
    assert ground.post(account, page("messenger", *[event("2419", message=one) for one in messages])) == 200
    rows = {row.provider_id: row for row in ground.entries(account)}
    assert len(rows) == 4
    count = "select count(*) as n from attachment where entry_id = :id"
    assert [ground.rows(count, id=rows[f"m{n}"].id)[0].n for n in range(1, 5)] == [1, 0, 2, 0]
    assert rows["m2"].text == "Shop https://v.example"
    assert ground.letters(account) == 0


@case(20, "standby message; error 10/2018300 on send")
def another_has_it(ground: Meta) -> None:
    account, conversation = begun(ground, "2420")
    assert ground.post(account, page("messenger", event("2420", message={"mid": "s1", "text": "Psst"}), standby=True)) == 200
    assert len(ground.entries(account)) == 2
    assert ground.turns(conversation) == 0
    assert ground.owner_of(conversation) == "nobody"
    ground.gives_to_agent(conversation)
    ground.world.faults.append(Fault(10, 2018300, 403))
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    assert ground.delivery(entry)[0] == "failed"
    assert ground.owner_of(conversation) != "agent"


@case(21, "AI-authored message after 24 h; human-authored inside 7 days")
def windows(ground: Meta) -> None:
    _, conversation = begun(ground, "2421")
    late = text("update conversation set last_customer_at = last_customer_at - interval '25 hours' where id = :id")
    ground.database.run(lambda tx: tx.execute(late, {"id": conversation}))
    ground.world.heard["2421"] -= 25 * 3600
    sent = len(ground.world.sent)
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    assert ground.delivery(entry)[0] == "failed"
    assert len(ground.world.sent) == sent
    from firstline.conversations import replying

    reply = ground.database.run(lambda tx: replying.reply(tx, conversation, "Ines here", ground.owner).id)
    ground.delivers(conversation)
    assert ground.delivery(reply)[0] == "sent"
    assert ground.world.sent[-1]["body"]["tag"] == "HUMAN_AGENT"


@case(22, "text of 2,001 characters; Instagram text of 600 × é")
def splitting(ground: Meta) -> None:
    _, conversation = begun(ground, "2422")
    before = len(ground.world.sent)
    entry = ground.says(conversation, ("word " * 401)[:2001].strip() + "x")
    ground.delivers(conversation)
    parts = [one["body"]["message"]["text"] for one in ground.world.sent[before:]]
    assert ground.delivery(entry)[0] == "sent"
    assert len(parts) == 2
    assert all(len(part) <= 2000 for part in parts)
    _, conversation = begun(ground, "2522", "instagram")
    before = len(ground.world.sent)
    entry = ground.says(conversation, "é" * 600)
    ground.delivers(conversation)
    parts = [one["body"]["message"]["text"] for one in ground.world.sent[before:]]
    assert ground.delivery(entry)[0] == "sent"
    assert "".join(parts) == "é" * 600
    assert all(len(part.encode()) <= 1000 for part in parts)


@case(23, "timeout after send, echo arrives with our metadata")
def reconciled(ground: Meta) -> None:
    account, conversation = begun(ground, "2423")
    ground.world.faults.append(Fault(0, status=502, taken=True))
    before = len(ground.world.sent)
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    assert ground.delivery(entry)[0] == "unknown"
    sent = ground.world.sent[before]
    echo = {"mid": sent["id"], "is_echo": True, "app_id": int(APP), "metadata": sent["body"]["message"]["metadata"], "text": "Hi"}
    assert ground.post(account, page("messenger", event("2423", own=True, message=echo))) == 200
    assert ground.delivery(entry)[0] == "sent"
    ground.delivers(conversation)
    assert len(ground.world.sent) == before + 1
    assert ground.owner_of(conversation) == "agent"
