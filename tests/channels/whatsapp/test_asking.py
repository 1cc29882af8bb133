"""Asking a customer whose number WhatsApp hides for it: a button, and what comes back with its evidence."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from firstline.channels import asking, writing
from firstline.channels.base import Account
from firstline.channels.deliver import Outbox
from firstline.channels.whatsapp.parse import parse
from firstline.channels.whatsapp.templates import filled, template_of
from firstline.contacts.queries import who_is
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import identity, identity_evidence, merge_suggestion
from firstline.conversations.record import note_language
from firstline.conversations.tables import conversation
from firstline.kit.errors import Conflict, Invalid
from firstline.simulators.meta.people import People
from firstline.simulators.meta.posting import Post, whatsapp
from tests.channels.meta import Meta
from tests.channels.number import bill
from tests.channels.whatsapp import payloads as p
from tests.world import KEYRING

HIDDEN, NUMBER = "BR.1A2B3C", "+55 11 99999-0000"
DIGITS = "5511999990000"


class Hidden:
    """A customer known by their business-scoped id alone, who has written."""

    def __init__(self, meta: Meta) -> None:
        self.meta, self.run = meta, meta.shop.database.run
        self.number: Account = meta.account("whatsapp")
        self.talk = self.says()

    def says(self, text: str = "Hello", id: str = "in1") -> str:
        said = {"type": "text", "text": {"body": text}}
        self.takes(said, id)
        return str(self.run(_talk_of, self.number.id))

    def takes(self, message: dict[str, Any], id: str, **more: Any) -> None:
        self.meta.world.heard[HIDDEN] = self.meta.world.now()
        said = {"from_user_id": HIDDEN, "id": id, "timestamp": str(int(self.meta.world.now())), **message, **more}
        self.meta.take(self.number, whatsapp(messages=[said]))

    def asks(self, text: str = "", **more: Any) -> str:
        jonas = self.meta.shop.jonas
        return self.run(writing.reply, self.meta.channels, self.talk, text, jonas, asks_phone=True, **more).id

    def gives(self, card: Any, id: str = "in2", **more: Any) -> None:
        self.takes({"type": "contacts", "contacts": card if isinstance(card, list) else [card]}, id, **more)

    def identities(self) -> dict[str, Identity]:
        contact = self.run(who_is, self.meta.talk(self.talk).contact_id)
        return {one.kind.value: one for one in contact.identities}

    def offered(self) -> bool:
        return self.run(lambda tx: writing.desk_of(tx, self.meta.channels, self.meta.talk(self.talk))).asks_phone

    def suggestions(self) -> int:
        return self.run(lambda tx: len(tx.rows(select(merge_suggestion.c.id))))


def _talk_of(tx: Any, account_id: str) -> str:
    return str(tx.scalar(select(conversation.c.id).where(conversation.c.channel_account_id == account_id)))


def card(phone: str = NUMBER, origin: str = "contact_request", **more: Any) -> dict[str, Any]:
    return {"name": {"formatted_name": "Ana"}, "phones": [{"phone": phone, "wa_id": DIGITS}], "origin": origin, **more}


@pytest.fixture
def hidden(meta: Meta) -> Hidden:
    return Hidden(meta)


@pytest.mark.promise("CH3")
def test_the_number_of_a_customer_who_hides_it_is_asked_for_by_a_button_and_kept_with_its_evidence(hidden: Hidden) -> None:
    assert hidden.offered()
    hidden.asks()
    (sent,) = hidden.meta.delivers(hidden.talk)
    assert sent["body"]["recipient"] == HIDDEN
    assert sent["body"]["interactive"] == {
        "type": "request_contact_info",
        "body": {"text": asking.WORDS["en"]},
        "action": {"name": "request_contact_info"},
    }
    posted: list[Any] = []
    post = Post(hidden.meta.world)
    post.send = lambda _kind, *bodies: posted.extend(bodies)  # type: ignore[method-assign]
    people = People(hidden.meta.world, post)
    people.gives_number(HIDDEN, NUMBER)
    for _ in range(2):  # Meta may deliver it twice
        hidden.meta.take(hidden.number, posted[0])
    known = hidden.identities()
    assert known["phone"].value == "+" + DIGITS
    assert known["whatsapp"].value == DIGITS
    evidence = select(identity_evidence.c.kind, identity_evidence.c.source).join(
        identity, identity.c.id == identity_evidence.c.identity_id
    )
    rows = hidden.run(lambda tx: tx.rows(evidence.where(identity.c.kind == "phone")))
    assert [row.kind for row in rows] == ["whatsapp contact_request"]
    assert rows[0].source.startswith("wamid.IN")
    assert not hidden.offered()
    assert hidden.suggestions() == 0
    assert hidden.meta.timeline(hidden.talk)[-1].text.endswith(NUMBER)


def test_the_question_has_the_words_of_the_teammate_or_ours_in_the_language_of_the_customer(hidden: Hidden) -> None:
    hidden.run(note_language, hidden.talk, "de-AT")
    hidden.asks()
    hidden.asks("Where can the mechanic call you? " * 50)
    first, ahead, last = [one["body"] for one in hidden.meta.delivers(hidden.talk)]
    assert first["interactive"]["body"]["text"] == asking.WORDS["de"]
    assert ahead["type"] == "text"
    assert last["interactive"]["type"] == "request_contact_info"
    assert asking.words(None) == asking.words("xx") == asking.WORDS["en"]


@pytest.mark.promise("CH8")
def test_it_is_asked_only_where_it_can_be_and_nobody_knows_the_number(hidden: Hidden) -> None:
    with pytest.raises(Invalid, match="no files"):
        hidden.asks(attachments=[bill()])
    other = hidden.meta.hears(hidden.number, id="in9")
    with pytest.raises(Conflict, match="known already"):
        hidden.run(writing.reply, hidden.meta.channels, other, "", hidden.meta.shop.jonas, asks_phone=True)
    page = hidden.meta.account("messenger")
    talk = hidden.meta.hears(page, id="m1")
    with pytest.raises(Invalid, match="no button"):
        hidden.run(writing.reply, hidden.meta.channels, talk, "", hidden.meta.shop.jonas, asks_phone=True)
    hidden.meta.passes(hours=25)
    assert not hidden.offered()
    with pytest.raises(Conflict, match="window is closed"):
        hidden.asks()


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (card(origin="other"), {}),
        (card(origin="CONTACT_REQUEST" * 20), {}),
        ([card(), card("+49 341 5550999")], {}),
        (card(phones=[{"phone": NUMBER}, {"phone": "+49 341 5550999"}]), {}),
        (card(), {"context": {"forwarded": True}}),
        (card(phones=[{"phone": "call me", "wa_id": ["x"]}]), {}),
        (card(phones=[{"phone": "0341 5550999"}]), {}),
        (card(phones=[{"phone": "+" + "9" * 400}]), {}),
        (card(phones={"phone": NUMBER}), {}),
        ("card", {}),
        (None, {}),
    ],
)
def test_a_card_that_may_be_somebody_elses_or_is_broken_gives_no_number(hidden: Hidden, given: Any, more: dict[str, Any]) -> None:
    hidden.gives(given, **more)
    assert set(hidden.identities()) == {"whatsapp_user"}


def test_a_card_with_another_whatsapp_id_than_the_senders_gives_nothing() -> None:
    message = p.message("contacts", [card(phones=[{"phone": "+49 341 5550999", "wa_id": "493415550999"}])])
    (found,) = parse(p.account(), p.request(p.messages(message))).happenings
    assert found.gives == ()  # type: ignore[union-attr]


@pytest.mark.promise("CH3")
def test_a_number_that_belongs_to_another_customer_merges_nothing_and_asks_people(hidden: Hidden) -> None:
    other = hidden.run(recognise, Identity(IdentityKind.PHONE, "+" + DIGITS, verified=True))
    hidden.gives(card())
    assert hidden.meta.talk(hidden.talk).contact_id != other
    assert "phone" not in hidden.identities()
    assert hidden.suggestions() == 1


def test_where_the_customer_has_another_address_the_words_go_without_the_button(hidden: Hidden) -> None:
    """The agent's question for a phone number carries the same mark to every channel."""
    account = hidden.meta.account("messenger")
    talk = hidden.meta.hears(account, id="m1")
    hidden.meta.replies(talk, "What is your phone number?", asks=asking.PHONE)
    asyncio.run(Outbox(hidden.meta.shop.database, hidden.meta.channels, KEYRING).deliver(talk))
    assert hidden.meta.world.sent[-1]["body"]["message"]["text"] == "What is your phone number?"


@pytest.mark.parametrize("label", ["", "Share contact info"])
def test_a_template_that_asks_for_the_number_is_shown_as_such_and_needs_no_value(label: str) -> None:
    button = {"type": "REQUEST_CONTACT_INFO", **({"text": label} if label else {})}
    body = {"type": "BODY", "text": "We would like to call you."}
    item = {
        "name": "call",
        "language": "en",
        "status": "APPROVED",
        "components": [body, {"type": "BUTTONS", "buttons": [button]}],
    }
    found = template_of(item)
    assert found is not None
    assert (found.text, found.reason, found.variables) == (
        "We would like to call you.\n\n[Share contact info: asks for the phone number]",
        "",
        0,
    )
    assert filled(found, []) == {"name": "call", "language": {"code": "en"}}
