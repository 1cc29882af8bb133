"""Cases 1 to 16: WhatsApp."""

import json
import time
from typing import Any

from sqlalchemy import text

from bench.conformance.meta import OLD_SECRET, Meta, case
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import NUMBER, Fault


def said(text: str, id: str, who: str = "5511999990000", *, at: Any = None, **more: Any) -> dict[str, Any]:
    """A customer's text; ``who`` with a dot is a business-scoped id."""
    sender = {"from_user_id": who} if "." in who else {"from": who}
    when = str(int(time.time())) if at is None else at
    return {**sender, "id": id, "timestamp": when, "type": "text", "text": {"body": text}, **more}


def status(state: str, id: str, seconds: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": id, "status": state, "timestamp": str(int(time.time()) + seconds), "recipient_id": "5511999990000", **more}


def begun(ground: Meta, who: str, **settings: Any) -> tuple[Any, str]:
    """An account, and a conversation that the agent has."""
    account = ground.account("whatsapp", **settings)
    assert ground.post(account, whatsapp(messages=[said("Hello", f"wamid.{who}", who)])) == 200
    conversation = ground.entries(account)[0].conversation_id
    ground.world.heard[who] = ground.world.now()
    ground.gives_to_agent(conversation)
    return account, conversation


@case(1, "wrong signature; right signature over re-encoded JSON; two secrets, second matches")
def signatures(ground: Meta) -> None:
    account = ground.account("whatsapp")
    body = whatsapp(messages=[said("Olá", "wamid.1")])
    spaced = json.dumps(body, indent=1).encode()
    assert ground.post(account, body, secret="wrong") == 401
    assert ground.post(account, spaced, signed=json.dumps(body).encode()) == 401
    assert ground.post(account, body, secret=OLD_SECRET) == 200


@case(2, "GET with a wrong token; with the right one")
def handshake(ground: Meta) -> None:
    account = ground.account("whatsapp")
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    assert ground.get(account, **asked, **{"hub.verify_token": "wrong"})[0] == 403
    assert ground.get(account, **asked, **{"hub.verify_token": "conformance-verify"}) == (200, "1158201444")


@case(3, "2 entries × 2 changes × 3 messages in one POST")
def batch(ground: Meta) -> None:
    account = ground.account("whatsapp")
    now = int(time.time())
    numbers = iter([11, 3, 7, 1, 9, 5, 12, 2, 8, 4, 10, 6])
    bodies = [
        [
            whatsapp(
                messages=[
                    said(str(n), f"wamid.{n}", at=str(now - 100 + n)) for n in (next(numbers), next(numbers), next(numbers))
                ]
            )
        ]
        for _ in range(4)
    ]
    changes = [one[0]["entry"][0]["changes"][0] for one in bodies]
    entry = bodies[0][0]["entry"][0]
    whole = {**bodies[0][0], "entry": [{**entry, "changes": changes[:2]}, {**entry, "changes": changes[2:]}]}
    assert ground.post(account, whole) == 200
    rows = sorted(ground.entries(account), key=lambda row: row.seq)
    assert [row.text for row in rows] == [str(n) for n in range(1, 13)]


@case(4, "same body twice, on two workers")
def twice(ground: Meta) -> None:
    account = ground.account("whatsapp")
    assert ground.post_twice_at_once(account, whatsapp(messages=[said("Hello", "wamid.1")])) == [200, 200]
    (entry,) = ground.entries(account)
    assert ground.turns(entry.conversation_id) == 1


@case(5, "one message invalid in the middle")
def broken_one(ground: Meta) -> None:
    account = ground.account("whatsapp")
    bad = {"id": "wamid.2", "type": "text", "timestamp": "noon"}
    assert ground.post(account, whatsapp(messages=[said("a", "wamid.1"), bad, said("c", "wamid.3")])) == 200
    assert [row.text for row in ground.entries(account)] == ["a", "c"]
    assert ground.letters(account) == 1


@case(6, "read before delivered; delivered after read; failed after read")
def monotone(ground: Meta) -> None:
    account, conversation = begun(ground, "5511000000006")
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    name = ground.world.sent[-1]["id"]
    for state in ("read", "delivered", "failed"):
        assert ground.post(account, whatsapp(statuses=[status(state, name)])) == 200
        assert ground.delivery(entry)[0] == "read"
    logged = "select delivery from delivery_report where channel_account_id = :id and name = :name"
    assert {row.delivery for row in ground.rows(logged, id=account.id, name=name)} >= {"read", "delivered", "failed"}


@case(7, "failed without contacts; status for an unknown id")
def failed(ground: Meta) -> None:
    account, conversation = begun(ground, "5511000000007")
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    no = status("failed", ground.world.sent[-1]["id"], errors=[{"code": 131026, "title": "Message undeliverable"}])
    assert ground.post(account, whatsapp(statuses=[no])) == 200
    assert ground.delivery(entry)[0] == "failed"
    assert "131026" in ground.delivery(entry)[1]
    assert ground.post(account, whatsapp(statuses=[status("sent", "wamid.nobody")])) == 200
    held = "select 1 from delivery_report where channel_account_id = :id and name = 'wamid.nobody' and entry_id is null"
    assert len(ground.rows(held, id=account.id)) == 1


@case(8, "BSUID-only text, no from, no wa_id")
def bsuid(ground: Meta) -> None:
    _, conversation = begun(ground, "BR.8ABC")
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    assert ground.delivery(entry)[0] == "sent"
    body = ground.world.sent[-1]["body"]
    assert body["recipient"] == "BR.8ABC"
    assert "to" not in body


def _became(old: str, new: str, id: str) -> dict[str, Any]:
    change = {"type": "user_changed_user_id", "user_id": new, "previous_user_id": old}
    return {"id": id, "timestamp": str(int(time.time())), "type": "system", "system": change}


def _contact(ground: Meta, value: str, account: Any) -> Any:
    query = "select contact_id from identity where value = :value and scope = :scope"
    return ground.rows(query, value=value, scope=account.id)[0].contact_id


def _ages(ground: Meta, contact_id: str) -> None:
    """The contact has been there for a month."""
    aged = text("update contact set created_at = created_at - interval '30 days' where id = :id")
    ground.database.run(lambda tx: tx.execute(aged, {"id": contact_id}))


@case(9, "user_changed_user_id before and after the first message of the new id; both ids have history")
def changed_ids(ground: Meta) -> None:
    before = ground.account("whatsapp")
    for message in (said("a", "w1", "BR.OLD"), _became("BR.OLD", "BR.NEW", "s1"), said("b", "w2", "BR.NEW")):
        assert ground.post(before, whatsapp(messages=[message])) == 200
    assert len({row.contact_id for row in ground.entries(before)}) == 1
    after = ground.account("whatsapp")
    ground.post(after, whatsapp(messages=[said("a", "w1", "BR.OLD")]))
    _ages(ground, _contact(ground, "BR.OLD", after))
    ground.post(after, whatsapp(messages=[said("b", "w2", "BR.NEW")]))
    assert len({row.contact_id for row in ground.entries(after)}) == 2
    assert ground.post(after, whatsapp(messages=[_became("BR.OLD", "BR.NEW", "s1")])) == 200
    assert len({row.contact_id for row in ground.entries(after)}) == 1
    both = ground.account("whatsapp")
    ground.post(both, whatsapp(messages=[said("a", "w1", "BR.OLD"), said("b", "w2", "BR.NEW")]))
    for id in ("BR.OLD", "BR.NEW"):
        _ages(ground, _contact(ground, id, both))
    ground.post(both, whatsapp(messages=[_became("BR.OLD", "BR.NEW", "s1")]))
    assert len({row.contact_id for row in ground.entries(both)}) == 2
    pair = sorted((_contact(ground, "BR.OLD", both), _contact(ground, "BR.NEW", both)))
    flagged = "select 1 from merge_suggestion where one_id = :one and other_id = :other"
    assert len(ground.rows(flagged, one=pair[0], other=pair[1])) == 1


@case(10, "interactive with no object and 131000; nfm_reply with bad JSON; button without context")
def odd_replies(ground: Meta) -> None:
    account = ground.account("whatsapp")
    base = {"from": "5511999990000", "timestamp": str(int(time.time()))}
    form = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{bad"}}
    odd = [
        {**base, "id": "w1", "type": "interactive", "errors": [{"code": 131000}]},
        {**base, "id": "w2", "type": "interactive", "interactive": form},
        {**base, "id": "w3", "type": "button", "button": {"payload": "opt:stop", "text": "Stop"}},
    ]
    assert ground.post(account, whatsapp(messages=odd)) == 200
    assert len(ground.entries(account)) == 3
    assert ground.letters(account) == 0


@case(11, "reaction with key missing and empty; reaction to an unknown id")
def reactions(ground: Meta) -> None:
    account, conversation = begun(ground, "5511000000011")
    ground.says(conversation, "Hi")
    ground.delivers(conversation)
    name, now = ground.world.sent[-1]["id"], int(time.time())

    def react(seconds: int, target: str, **emoji: str) -> None:
        one = {"from": "5511000000011", "id": f"r{seconds}", "timestamp": str(now + seconds), "type": "reaction"}
        assert ground.post(account, whatsapp(messages=[{**one, "reaction": {"message_id": target, **emoji}}])) == 200

    def shown() -> list[str]:
        data = next(row.data for row in ground.entries(account) if row.provider_id == name)
        return [one["emoji"] for one in data.get("reactions", {}).values() if one["emoji"]]

    react(1, name, emoji="👍")
    assert shown() == ["👍"]
    react(2, name, emoji="")
    assert shown() == []
    react(3, name, emoji="❤")
    react(4, name)
    assert shown() == []
    react(5, "wamid.nobody", emoji="👍")
    assert len(ground.entries(account)) == 2
    assert ground.letters(account) == 0


@case(12, "echo, history chunk, standby message")
def not_for_the_agent(ground: Meta) -> None:
    account, conversation = begun(ground, "5511000000012")
    now = str(int(time.time()))
    past = {"from": "5511000000012", "id": "h1", "timestamp": "1790000000", "type": "text", "text": {"body": "Long ago"}}
    chunk = {"metadata": {"phase": 0}, "threads": [{"id": "5511000000012", "messages": [past]}]}
    assert ground.post(account, whatsapp("history", history=[chunk])) == 200
    assert ground.owner_of(conversation) == "agent"
    assert ground.post(account, whatsapp("standby", messages=[said("Psst", "w2", "5511000000012")])) == 200
    assert ground.turns(conversation) == 0
    assert ground.owner_of(conversation) == "nobody"
    ground.gives_to_agent(conversation)
    echo = {
        "from": "493415550100",
        "to": "5511000000012",
        "id": "e1",
        "timestamp": now,
        "type": "text",
        "text": {"body": "I do it"},
    }
    assert ground.post(account, whatsapp("smb_message_echoes", message_echoes=[echo])) == 200
    assert ground.owner_of(conversation) == "nobody"
    assert len(ground.entries(account)) == 4


@case(13, "131047 on send; 131056")
def refusals(ground: Meta) -> None:
    account, conversation = begun(ground, "5511000000013")
    ground.world.faults.append(Fault(131047))
    entry = ground.says(conversation, "Hi")
    ground.delivers(conversation)
    state, why = ground.delivery(entry)
    assert (state, "window" in why, "template" in why) == ("failed", True, True)
    _, first = begun(ground, "5511000000113")
    _, second = begun(ground, "5511000000213")
    ground.world.faults.append(Fault(131056))
    waits, goes = ground.says(first, "Hi"), ground.says(second, "Hi")
    ground.delivers(first)
    ground.delivers(second)
    assert (ground.delivery(waits)[0], ground.delivery(goes)[0]) == ("pending", "sent")
    assert account.id


def _file(ground: Meta, who: str, media: str, media_type: str = "image/png") -> Any:
    account = ground.account("whatsapp")
    image = {
        "from": who,
        "id": "w1",
        "timestamp": str(int(time.time())),
        "type": "image",
        "image": {"id": media, "mime_type": media_type},
    }
    assert ground.post(account, whatsapp(messages=[image])) == 200
    entry = ground.entries(account)[0].id
    ground.fetches(entry)
    return ground.rows("select * from attachment where entry_id = :id", id=entry)[0]


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@case(14, "media: 404 at download; id of 8 days; mime lies")
def media(ground: Meta) -> None:
    ground.world.media["m14"] = (PNG, "image/png")
    ground.world.faults.append(Fault(0, status=404, path="/files/m14"))
    asked = len(ground.world.asked)
    file = _file(ground, "5511000000014", "m14")
    assert file.state == "ready"
    assert ground.world.asked[asked:].count("GET /v26.0/m14") == 2
    gone = _file(ground, "5511000000114", "m14-of-last-week")
    assert gone.state == "gone"
    assert "7 days" in gone.reason
    ground.world.media["m14b"] = (b"%PDF-1.7 not a picture", "image/png")
    assert _file(ground, "5511000000214", "m14b").media_type == "application/pdf"


@case(15, "timestamp as int and as string; unknown type; unknown field; value-level errors only")
def variants(ground: Meta) -> None:
    account = ground.account("whatsapp")
    now = int(time.time())
    unknown = {"from": "5511999990000", "id": "w3", "timestamp": str(now), "type": "hologram", "hologram": {"depth": 3}}
    assert ground.post(account, whatsapp(messages=[said("a", "w1", at=now), said("b", "w2", at=str(now)), unknown])) == 200
    assert ground.post(account, whatsapp("moon_phase", phase=3)) == 200
    assert ground.post(account, whatsapp(errors=[{"code": 131031, "title": "Account locked"}])) == 200
    rows = ground.entries(account)
    assert len(rows) == 3
    assert len({row.sent_at for row in rows}) == 1
    assert ground.letters(account) == 0
    attention = ground.rows("select attention from channel_account where id = :id", id=account.id)[0].attention
    assert attention["code"] == "whatsapp:131031"


@case(16, "media url with a foreign host")
def foreign_host(ground: Meta) -> None:
    ground.world.media["m16"] = (PNG, "image/png")
    ground.world.elsewhere["m16"] = "https://files.evil.example/m16"
    file = _file(ground, "5511000000016", "m16")
    assert file.state == "gone"
    assert "evil.example" in file.reason
    assert NUMBER
