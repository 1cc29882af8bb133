"""One of our people writes a new mail to a customer, outside Firstline: the agent is silent in all that they have open."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent import commands as agents
from firstline.agent.listening import Listening
from firstline.agent.turn import Turns
from firstline.channels import accounts
from firstline.channels.email.channel import Email
from firstline.channels.interrupting import PAUSE, WITHDRAWN
from firstline.conversations import ownership, queries
from firstline.conversations.rules import EntryKind, Owner, OwnerKind
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from tests.agent.thinkers import EmptyLibrary, Says, courtesy
from tests.channels.email.letters import ADDRESS, MIRA, mail
from tests.channels.email.test_placing import Mailbox
from tests.channels.email.test_waiting_words import Mailed, connected
from tests.world import KEYRING, Shop

SAMIRA = "samira@veloria.example"
TOM = "tom@customer.example"
PROVEN = "mx.veloria.example; dmarc=pass header.from=veloria.example"
FORGED = "mx.veloria.example; dmarc=fail header.from=veloria.example"
WORDS: dict[str, dict[str, str]] = {
    "from the mailbox, in Sent": {"sender": f"Samira <{ADDRESS}>", "to": MIRA, "folder": "sent"},
    "hidden recipients, in Sent": {"sender": ADDRESS, "to": "undisclosed-recipients:;", "bcc": MIRA, "folder": "sent"},
    "the mailbox in copy": {"sender": SAMIRA, "to": MIRA, "cc": ADDRESS, "authentication_results": PROVEN},
    "the mailbox in blind copy": {"sender": SAMIRA, "to": MIRA, "delivered_to": ADDRESS, "authentication_results": PROVEN},
    "the customer in copy": {"sender": SAMIRA, "to": f"{ADDRESS}, x@else.example", "cc": MIRA, "authentication_results": PROVEN},
}


@pytest.fixture
def mailbox(shop: Shop) -> Mailbox:
    def connect(tx: Tx) -> str:
        settings = {"address": ADDRESS, "incoming": "none", "trusted_servers": ["mx.veloria.example"]}
        given: dict[str, Any] = {"settings": settings, "by": shop.ines}
        return accounts.connect(tx, KEYRING, Email.config, kind="email", name="Service", workspace="inbox", **given)

    return Mailbox(shop, shop.database.run(connect), Email(shop.database, KEYRING))


def word(**headers: str) -> bytes:
    return mail("Come by on Friday.", message_id="<w@x>", subject="An idea", **headers)


def asks(mailbox: Mailbox, text: str, name: str, who: str = MIRA) -> str:
    """A customer begins a conversation, and the agent has it."""
    mailbox.gets(mail(text, sender=who, message_id=f"<{name}@customer.example>"))
    found = mailbox.conversations()[-1]
    mailbox.agent_takes(found.id)
    return found.id


def owner(mailbox: Mailbox, conversation_id: str) -> Owner:
    return mailbox.shop.database.run(queries.which, conversation_id).owner


def notes(mailbox: Mailbox, conversation_id: str) -> list[str]:
    return [one.text for one in mailbox.timeline(conversation_id) if one.kind is EntryKind.ALERT]


@pytest.mark.promise("CH9", "HO9")
@pytest.mark.parametrize("how", WORDS)
def test_it_stops_the_agent_in_each_open_conversation_of_that_customer_and_of_nobody_else(mailbox: Mailbox, how: str) -> None:
    tyres, brakes = asks(mailbox, "Do you have winter tyres?", "a"), asks(mailbox, "My brakes squeal.", "b")
    toms = asks(mailbox, "Do you repair tandems?", "c", TOM)
    mailbox.gets(mail("And bells?", message_id="<d@x>"))
    bells = mailbox.conversations()[-1]
    assert bells.routing is None
    ours = asks(mailbox, "How much is it?", "e")
    mailbox.shop.database.run(ownership.take_over, ours, mailbox.shop.ines)
    given = dict(WORDS[how])
    folder = given.pop("folder", "inbox")
    for _ in range(2):  # a copy comes by the Sent folder, another by Cc
        mailbox.gets(word(**given), folder=folder)
    for one in (tyres, brakes, bells.id):
        assert owner(mailbox, one).kind is OwnerKind.NOBODY
        (note,) = notes(mailbox, one)
        assert "wrote to this customer outside Firstline" in note
    assert mailbox.shop.database.run(queries.which, bells.id).routing is not None, "it is not given to the agent afterwards"
    assert owner(mailbox, toms).kind is OwnerKind.AGENT
    assert owner(mailbox, ours) == Owner(OwnerKind.TEAMMATE, mailbox.shop.ines.id)
    assert notes(mailbox, ours) == notes(mailbox, toms) == []
    said = [one for one in mailbox.conversations() if mailbox.said(one.id) == ["Come by on Friday."]]
    assert len(said) == 1


@pytest.mark.promise("CH9", "HO8")
def test_after_a_person_handed_it_back_the_same_mail_again_changes_nothing_and_the_next_one_does(mailbox: Mailbox) -> None:
    tyres = asks(mailbox, "Do you have winter tyres?", "a")
    given = {"sender": ADDRESS, "to": MIRA}
    mailbox.gets(word(**given), folder="sent")
    mailbox.agent_takes(tyres)
    mailbox.gets(word(**given), folder="sent")
    assert owner(mailbox, tyres).kind is OwnerKind.AGENT
    mailbox.gets(mail("And bring the bike.", message_id="<w2@x>", **given), folder="sent")
    assert owner(mailbox, tyres).kind is OwnerKind.NOBODY


@pytest.mark.promise("CH9")
def test_a_mail_that_answers_one_matter_stops_the_agent_in_the_others_too(mailbox: Mailbox) -> None:
    tyres, brakes = asks(mailbox, "Do you have winter tyres?", "a"), asks(mailbox, "My brakes squeal.", "b")
    mailbox.gets(word(sender=ADDRESS, to=f"x@else.example, {MIRA}", in_reply_to="<a@customer.example>"), folder="sent")
    assert mailbox.said(tyres)[-1] == "Come by on Friday."
    assert (owner(mailbox, tyres), owner(mailbox, brakes)) == (Owner(OwnerKind.NOBODY),) * 2
    assert notes(mailbox, tyres) == []


@pytest.mark.promise("CH9")
@pytest.mark.parametrize("sender", [SAMIRA, ADDRESS])
def test_one_that_nothing_proves_stops_the_agent_and_is_nobodys_word(mailbox: Mailbox, sender: str) -> None:
    tyres = asks(mailbox, "Do you have winter tyres?", "a")
    mailbox.gets(word(sender=sender, to=MIRA, cc=ADDRESS))
    assert owner(mailbox, tyres).kind is OwnerKind.NOBODY
    (note,) = notes(mailbox, tyres)
    assert "Nothing proves it" in note
    assert mailbox.said(tyres) == ["Do you have winter tyres?"]
    mailbox.agent_takes(tyres)
    mailbox.gets(word(sender=sender, to=MIRA, cc=ADDRESS))
    assert owner(mailbox, tyres).kind is OwnerKind.AGENT, "the same again does not stop it again"
    others = [one for found in mailbox.conversations()[1:] for one in mailbox.timeline(found.id) if one.kind == "message"]
    assert all(one.direction == "in" and one.quiet for one in others)


@pytest.mark.promise("CH9")
@pytest.mark.parametrize("sender", [SAMIRA, ADDRESS])
def test_one_that_is_proven_to_be_forged_stops_nobody(mailbox: Mailbox, sender: str) -> None:
    tyres = asks(mailbox, "Do you have winter tyres?", "a")
    mailbox.gets(word(sender=sender, to=MIRA, cc=ADDRESS, authentication_results=FORGED))
    assert owner(mailbox, tyres).kind is OwnerKind.AGENT


@pytest.mark.promise("CH9")
@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-generated"},
        {"precedence": "bulk"},
        {"list_unsubscribe": "<https://veloria.example/no>"},
        {"to": ", ".join(f"nobody{n}@else.example" for n in range(300))},
        {"to": "=?utf-8?q?=00?= <mira\x00@customer.example>"},
    ],
)
def test_what_a_program_sends_or_what_goes_to_others_stops_nobody(mailbox: Mailbox, headers: dict[str, str]) -> None:
    tyres = asks(mailbox, "Do you have winter tyres?", "a")
    mailbox.gets(word(**{"sender": ADDRESS, "to": MIRA, **headers}), folder="sent")
    assert owner(mailbox, tyres).kind is OwnerKind.AGENT


@pytest.mark.promise("CH9", "HO9")
def test_in_the_middle_of_a_turn_in_another_conversation_what_the_agent_was_about_to_say_is_dropped(mailbox: Mailbox) -> None:
    shop = mailbox.shop
    velo = shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)

    async def meanwhile() -> None:
        await asyncio.to_thread(mailbox.gets, word(sender=ADDRESS, to=MIRA), folder="sent")

    thinker = Says(courtesy("Too late"), meanwhile)
    channels: dict[str, Any] = {"email": mailbox.channel}
    turns = Turns(shop.database, EmptyLibrary(), thinker, channels, Listening(shop.database), lambda **_: None)
    mailbox.gets(mail())
    (asked,) = mailbox.conversations()
    shop.gives_to_agent(asked.id, velo)
    for _ in range(2):
        asyncio.run(turns.run(asked.id))
    assert len(thinker.seen) == 1
    assert mailbox.said(asked.id) == ["Do you have winter tyres?"]
    assert owner(mailbox, asked.id).kind is OwnerKind.NOBODY


@pytest.mark.promise("CH9", "HO9")
def test_what_has_not_left_yet_waits_for_a_mail_that_waits_and_is_withdrawn_once_that_is_applied(shop: Shop) -> None:
    run = Mailed(shop, connected(shop))
    new = mail("Samira here.", sender=SAMIRA, to=run.who, cc=ADDRESS, message_id="<new@x>")
    run.agent_says()
    run.keeps(run.way(new))
    run.delivers()
    assert (run.left(), run.pause()) == ([], PAUSE)
    run.applies()
    run.delivers()
    assert run.left() == []
    found = shop.database.run(queries.one_entry, run.log[0][1])
    assert (found.delivery, found.delivery_reason) == ("failed", WITHDRAWN)
    assert shop.database.run(queries.which, run.talk).owner == Owner(OwnerKind.NOBODY)
    shop.gives_to_agent(run.talk)
    run.agent_says()
    run.delivers()
    assert len(run.left()) == 1, "handed back, it may speak again"


@pytest.mark.promise("CH9")
def test_an_answer_of_the_agent_whose_conversation_went_to_people_is_withdrawn_as_well(mailbox: Mailbox) -> None:
    """It said something and handed over; then somebody wrote from elsewhere before the mail had left."""
    tyres = asks(mailbox, "Do you have winter tyres?", "a")
    run = mailbox.shop.database.run
    run(lambda tx: tx.execute(entry.update().where(entry.c.conversation_id == tyres).values(by_kind="agent", delivery="pending")))
    run(ownership.take_over, tyres, mailbox.shop.ines)
    mailbox.gets(word(sender=ADDRESS, to=MIRA), folder="sent")
    assert len(notes(mailbox, tyres)) == 1
    assert owner(mailbox, tyres) == Owner(OwnerKind.TEAMMATE, mailbox.shop.ines.id)
    heard = select(entry.c.data["heard"].astext).where(entry.c.conversation_id == tyres, entry.c.kind == "alert")
    assert run(lambda tx: tx.scalar(heard)) == "<w@x>"
