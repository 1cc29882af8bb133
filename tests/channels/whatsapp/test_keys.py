"""Writing to the same person only: keys of customers, what is refused because of them, and a person's word that sends it."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from firstline.channels import confirming, writing
from firstline.channels.base import Account
from firstline.channels.checking import Checks
from firstline.channels.happenings import Inbound, Keyed
from firstline.channels.whatsapp.parse import parse
from firstline.contacts import holding
from firstline.contacts.doubting import doubted_at
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.tables import conversation
from firstline.kit.errors import Conflict
from firstline.kit.events import event
from firstline.people.tables import audit_entry
from firstline.simulators.meta.people import People
from firstline.simulators.meta.posting import Post
from firstline.simulators.meta.world import Fault
from tests.channels.meta import ANA, Meta
from tests.channels.whatsapp import payloads as p
from tests.console.office import Office
from tests.world import KEYRING


class Checked:
    """A number that checks identities, with a customer who has written."""

    def __init__(self, meta: Meta) -> None:
        self.meta, self.run = meta, meta.shop.database.run
        self.account: Account = meta.account("whatsapp", identity_check=True)
        asyncio.run(Checks(meta.shop.database, meta.channels, KEYRING).check(self.account))
        self.posted: list[Any] = []
        post = Post(meta.world)
        post.send = lambda _kind, *bodies: self.posted.extend(bodies)  # type: ignore[method-assign]
        self.people = People(meta.world, post)
        meta.world.dice.seed(1)
        self.who = Identity(IdentityKind.WHATSAPP, ANA, self.account.id)
        self.talk = ""
        self.says("Hello")

    def says(self, text: str) -> None:
        self.people.says("whatsapp", ANA, text)
        self.hears()

    def hears(self) -> None:
        """What Meta posts comes in."""
        while self.posted:
            self.meta.take(self.account, self.posted.pop(0))
        self.talk = self.talk or self.run(lambda tx: str(tx.scalar(select(conversation.c.id))))

    def replies(self, text: str = "Your bill") -> tuple[str, dict[str, Any]]:
        """A teammate's message, with the status that Meta tells of it; the entry, and what was posted."""
        entry = self.meta.replies(self.talk, text)
        return entry, self.sends()

    def sends(self) -> dict[str, Any]:
        sent = self.meta.delivers(self.talk)[-1]
        key = sent["body"].get("recipient_identity_key_hash")
        self.people.told_of("whatsapp", sent, failed=137000 if key and key != self.meta.world.key_of(ANA) else None)
        self.hears()
        self.meta.passes(minutes=1)
        body: dict[str, Any] = sent["body"]
        return body

    def key(self) -> str:
        return self.run(holding.key_of, self.who)

    def desk(self) -> writing.Desk:
        return self.run(lambda tx: writing.desk_of(tx, self.meta.channels, self.meta.talk(self.talk)))


@pytest.fixture
def number(meta: Meta) -> Checked:
    return Checked(meta)


@pytest.mark.promise("CH3")
def test_a_message_goes_with_the_key_of_the_customer_and_is_refused_to_another_phone_until_a_person_confirms(
    number: Checked,
) -> None:
    meta = number.meta
    assert meta.world.checks_identities
    first, body = number.replies()
    assert body["recipient_identity_key_hash"] == meta.world.key_of(ANA) == number.key()
    assert meta.entry(first).delivery == "delivered"
    assert number.desk().confirms == ""
    number.people.changes_phone(ANA)
    number.hears()
    second, _body = number.replies("Your new bill")
    assert (meta.entry(second).delivery, "find out who it is" in str(meta.entry(second).delivery_reason)) == ("failed", True)
    assert number.desk().confirms == confirming.WAITS
    assert number.desk().warnings == ()  # no dead address: a message of theirs takes nothing back
    number.says("It is me, I have a new phone")
    assert number.key() != meta.world.key_of(ANA)
    assert number.desk().confirms
    number.run(confirming.confirm, number.talk, meta.shop.jonas)
    assert number.desk().confirms == ""
    again = number.sends()
    assert (again["text"]["body"], "recipient_identity_key_hash" in again) == ("Your new bill", False)
    assert meta.entry(second).delivery == "delivered"
    assert number.key() == meta.world.key_of(ANA)
    _third, body = number.replies("Anything else?")
    assert body["recipient_identity_key_hash"] == meta.world.key_of(ANA)
    with pytest.raises(Conflict, match="Nothing has to be confirmed"):
        number.run(confirming.confirm, number.talk, meta.shop.jonas)
    deeds = number.run(lambda tx: [row.verb for row in tx.rows(select(audit_entry.c.verb)) if row.verb == "contact.confirm"])
    assert deeds == ["contact.confirm"]


@pytest.mark.promise("CH3", "HO2")
def test_what_the_agent_wrote_is_not_sent_by_a_confirmation_and_people_hear_of_it(number: Checked) -> None:
    meta = number.meta
    meta.gives_to_agent(number.talk)
    number.people.changes_phone(ANA)
    number.hears()
    said = meta.agent_says(number.talk)
    number.sends()
    undelivered = number.run(
        lambda tx: [row.data["entry"] for row in tx.rows(select(event).where(event.c.kind == "message.undelivered"))]
    )
    assert undelivered == [said]
    number.run(confirming.confirm, number.talk, meta.shop.jonas)
    assert meta.entry(said).delivery == "failed"
    assert meta.delivers(number.talk) == []


@pytest.mark.promise("AC3")
def test_another_key_with_a_message_is_a_doubt_and_an_older_one_is_old_news(number: Checked) -> None:
    meta = number.meta
    kept = number.key()
    contact = {"profile": {"name": "Ana"}, "wa_id": ANA}
    said = {"from": ANA, "type": "text", "text": {"body": "Hi"}}
    now = int(meta.world.now())

    def comes(id: str, key: Any, at: int) -> None:
        message = {**said, "id": id, "timestamp": str(at)}
        meta.take(
            number.account, p.envelope(("messages", {"contacts": [{**contact, "identity_key_hash": key}], "messages": [message]}))
        )

    for name, junk in enumerate((None, 7, ["x"], "", "a b", "x" * 999, "é", {"a": 1})):
        comes(f"junk{name}", junk, now)
    comes("old", "older=", now - 3600)
    doubt = ("whatsapp", number.account.id, ANA)
    assert (number.key(), number.run(doubted_at, *doubt)) == (kept, None)
    comes("new", "other=", now + 1)
    assert (number.key(), number.run(doubted_at, *doubt) is not None) == (kept, True)
    assert [one.text for one in meta.timeline(number.talk) if one.kind == "alert"]


def test_keys_are_read_only_where_the_account_checks_them_and_a_refusal_by_the_answer_is_one_too(number: Checked) -> None:
    value = p.value(contacts=[p.contact(identity_key_hash="k1=")], messages=[p.text("Hi")])
    told = p.envelope(("messages", value))
    assert [type(one) for one in parse(p.account(), p.request(told)).happenings] == [Inbound]
    (_said, keyed) = parse(p.account(identity_check=True), p.request(told)).happenings
    assert isinstance(keyed, Keyed)
    assert (keyed.key, len(keyed.who)) == ("k1=", 2)
    number.meta.world.faults.append(Fault(137000))
    entry = number.meta.replies(number.talk)
    number.meta.delivers(number.talk)
    assert number.meta.entry(entry).delivery == "failed"
    assert number.desk().confirms


@pytest.mark.promise("CH3", "CH8")
def test_it_is_confirmed_in_the_composer(number: Checked) -> None:
    meta = number.meta
    office = Office(meta.shop)
    office.app.state.channels = meta.channels
    client: TestClient = office.client(meta.shop.jonas)
    at = f"/conversations/{number.talk}/confirm-customer"
    assert client.post(at).status_code == 409
    number.people.changes_phone(ANA)
    number.hears()
    number.replies()
    page = client.get(f"/inbox/all/{number.talk}").text
    assert "It is the customer" in page
    assert client.post(at, follow_redirects=True).status_code == 200
    assert "recipient_identity_key_hash" not in number.sends()
    assert "It is the customer" not in client.get(f"/inbox/all/{number.talk}").text
