"""Which conversation a mail belongs to, whether it is answered, and whose word it is."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.channels import accounts, dispatching
from firstline.channels.base import Outbound, RawRequest, Receipt
from firstline.channels.checking import Checks
from firstline.channels.email.channel import Email
from firstline.channels.email.tables import mail as mail_table
from firstline.channels.email.tables import mail_address, mail_token
from firstline.channels.intake.taking import take
from firstline.channels.planning import Planned
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Conversation, Delivery, Entry, Owner, OwnerKind
from firstline.conversations.tables import conversation, entry
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.people.rules import Actor, ActorKind
from tests.channels.email.letters import ADDRESS, MIRA, mail
from tests.channels.email.test_meaning import dsn
from tests.world import KEYRING, Shop

AGENT = Actor(ActorKind.AGENT, "agt_velo", "Velo")


@dataclass
class Mailbox:
    """Veloria's mailbox with its database."""

    shop: Shop
    account_id: str
    channel: Email
    problems: list[str] = field(default_factory=list)

    def gets(self, raw: bytes, *, folder: str = "inbox") -> bool:
        request = RawRequest("IMAP", "imap/INBOX/1/1", {"folder": folder}, body=raw, at=self.shop.database.clock.now())

        def run(tx: Tx) -> bool:
            return take(tx, self.channel.parse, accounts.which(tx, self.account_id, KEYRING), request)

        return self.shop.database.run(run)

    def conversations(self) -> list[Conversation]:
        def run(tx: Tx) -> list[Conversation]:
            ids = tx.rows(select(conversation.c.id).where(conversation.c.channel_account_id == self.account_id).order_by("id"))
            return [queries.which(tx, row.id) for row in ids]

        return self.shop.database.run(run)

    def timeline(self, conversation_id: str) -> list[Entry]:
        return list(self.shop.database.run(queries.timeline, conversation_id))

    def said(self, conversation_id: str) -> list[str]:
        return [one.text for one in self.timeline(conversation_id) if one.kind == "message"]

    def agent_answers(self, conversation_id: str, text: str = "Yes, in all sizes.") -> str:
        """The agent writes, and it is sent; returns its Message-ID."""

        def run(tx: Tx) -> str:
            found = locked(tx, conversation_id)
            written = replying.agent_reply(tx, found, text, AGENT, {}, turn_id="trn_1")
            name = self.channel.signer.message_id(written.id, self.account_id, "veloria.example")
            dispatching.prepare(tx, self.account_id, written.id, MIRA, [Planned(text)])
            mail = Outbound(written.id, conversation_id, text, {}, "agent", MIRA)
            dispatching.sent(tx, self.account_id, mail, Receipt(Delivery.SENT, name), tx.now)
            return name

        return self.shop.database.run(run)

    def agent_takes(self, conversation_id: str) -> None:
        self.shop.gives_to_agent(conversation_id)


@pytest.fixture
def mailbox(shop: Shop) -> Mailbox:
    def connect(tx: Tx) -> str:
        settings = {"address": ADDRESS, "incoming": "none", "hourly_limit": 3}
        return accounts.connect(
            tx, KEYRING, Email.config, kind="email", name="Service", workspace="inbox", settings=settings, by=shop.ines
        )

    return Mailbox(shop, shop.database.run(connect), Email(shop.database, KEYRING))


@pytest.mark.promise("CH2")
def test_an_answer_joins_its_conversation_by_message_id(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    ours = mailbox.agent_answers(first.id)
    mailbox.gets(mail("In 28 inches?", message_id="<m2@x>", in_reply_to=ours))
    mailbox.gets(mail("Hello?", message_id="<m3@x>", references=f"<unknown@x> {ours} <gone@x>", subject="something else"))
    assert [one.id for one in mailbox.conversations()] == [first.id]
    assert mailbox.said(first.id)[-2:] == ["In 28 inches?", "Hello?"]


@pytest.mark.promise("CH2")
def test_an_answer_joins_its_conversation_by_the_signed_address_alone(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    address = mailbox.channel.signer.reply_address(ADDRESS, mailbox.account_id, first.id, MIRA)
    mailbox.gets(mail("In 28 inches?", message_id="<m2@x>", cc=address.upper()))
    assert [one.id for one in mailbox.conversations()] == [first.id]


@pytest.mark.promise("CH2")
def test_a_mail_of_its_own_begins_a_conversation_of_its_own(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    mailbox.gets(mail("Something else: do you repair tandems?", message_id="<m2@x>", subject="Winter tyres"))
    assert len(mailbox.conversations()) == 2


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("how", ["address", "in_reply_to", "subject"])
def test_a_stranger_does_not_join_whatever_they_know(mailbox: Mailbox, how: str) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    ours = mailbox.agent_answers(first.id)
    address = mailbox.channel.signer.reply_address(ADDRESS, mailbox.account_id, first.id, MIRA)
    known = {"address": {"to": address}, "in_reply_to": {"in_reply_to": ours}, "subject": {"subject": f"Re: [#{first.number}]"}}[
        how
    ]
    mailbox.gets(mail("What did she order?", sender="Eve <eve@evil.example>", message_id="<e1@evil>", **known))
    assert len(mailbox.conversations()) == 2
    assert "What did she order?" not in mailbox.said(first.id)


@pytest.mark.promise("CH2")
def test_the_same_mail_twice_is_one_message(mailbox: Mailbox) -> None:
    for _ in range(2):
        mailbox.gets(mail())
    (only,) = mailbox.conversations()
    assert mailbox.said(only.id) == ["Do you have winter tyres?"]


def test_another_mail_under_a_message_id_that_was_used_is_another_message(mailbox: Mailbox) -> None:
    for text in ("First", "Second", "Second"):
        mailbox.gets(mail(text))
    assert sorted(one for found in mailbox.conversations() for one in mailbox.said(found.id)) == ["First", "Second"]


@pytest.mark.promise("CH2")
def test_machines_are_stored_and_call_nobody(mailbox: Mailbox) -> None:
    mailbox.gets(mail("I am away.", auto_submitted="auto-replied"))
    (found,) = mailbox.conversations()
    assert found.waiting_since is None
    assert mailbox.timeline(found.id)[0].quiet


@pytest.mark.promise("CH9")
def test_a_mail_sent_from_the_mailbox_s_own_program_takes_the_word_from_the_agent(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    before = mailbox.conversations()[0].epoch
    mailbox.gets(
        mail("It is in stock.", sender=f"Samira <{ADDRESS}>", to=MIRA, message_id="<s1@x>", in_reply_to="<m1@customer.example>"),
        folder="sent",
    )
    (found,) = mailbox.conversations()
    assert found.owner.kind is not OwnerKind.AGENT
    assert found.epoch > before
    assert mailbox.said(first.id)[-1] == "It is in stock."


@pytest.mark.promise("CH9")
def test_a_teammate_s_mail_with_the_mailbox_in_copy_takes_the_word_from_the_agent(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    word = {"to": MIRA, "cc": ADDRESS, "message_id": "<s1@x>"}
    mailbox.gets(mail("I call you.", sender="samira@veloria.example", in_reply_to="<m1@customer.example>", **word))
    (found,) = mailbox.conversations()
    assert found.owner.kind is not OwnerKind.AGENT
    assert mailbox.said(first.id)[-1] == "I call you."


@pytest.mark.promise("CH9")
def test_who_forges_a_teammate_s_address_begins_nothing_in_another_s_name(mailbox: Mailbox) -> None:
    mailbox.gets(mail("Pay me.", sender="samira@veloria.example", to=MIRA, cc=ADDRESS, message_id="<e@x>"))
    (found,) = mailbox.conversations()
    (one,) = [each for each in mailbox.timeline(found.id) if each.kind == "message"]
    assert one.direction == "in"


@pytest.mark.promise("CH2")
def test_a_bounce_makes_the_message_failed_and_marks_the_address(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    ours = mailbox.agent_answers(first.id)
    mailbox.gets(dsn(ours))
    answer = mailbox.timeline(first.id)[-1]
    assert answer.delivery == "failed"
    assert "No such user" in (answer.delivery_reason or "")
    marked = mailbox.shop.database.run(lambda tx: tx.row(select(mail_address)))
    assert marked is not None
    assert (marked.address, marked.state) == (MIRA, "bounced")
    assert len(mailbox.conversations()) == 1


@pytest.mark.promise("CH2")
def test_the_breaker_ends_what_no_header_betrays(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    for number in range(6):
        before = mailbox.conversations()[0]
        if before.owner.kind is not OwnerKind.AGENT:
            break
        ours = mailbox.agent_answers(first.id, f"Answer {number}")
        mailbox.gets(
            mail(f"Thank you for your mail number {number}, we look into it.", message_id=f"<r{number}@x>", in_reply_to=ours)
        )
    assert mailbox.conversations()[0].owner == Owner(OwnerKind.NOBODY)
    assert number <= 3
    last = [one for one in mailbox.timeline(first.id) if one.direction == "in"][-1]
    assert "may be a loop" in last.data["mail"]["not_answered"]


@pytest.mark.promise("CH2")
def test_the_same_long_text_again_is_a_loop(mailbox: Mailbox) -> None:
    mailbox.gets(mail("Your request has been received and will be looked at."))
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    ours = mailbox.agent_answers(first.id)
    mailbox.gets(mail("Your request has been received and will be looked at.", message_id="<m2@x>", in_reply_to=ours))
    assert mailbox.conversations()[0].owner == Owner(OwnerKind.NOBODY)


def test_the_limit_is_over_after_an_hour(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    for number in range(3):
        ours = mailbox.agent_answers(first.id, f"Answer {number}")
    clock: Any = mailbox.shop.database.clock
    clock.advance(timedelta(hours=2))
    mailbox.gets(mail("One more thing.", message_id="<m9@x>", in_reply_to=ours))
    assert mailbox.conversations()[0].owner.kind is OwnerKind.AGENT


def test_the_whole_mail_is_kept_for_people(mailbox: Mailbox) -> None:
    mailbox.gets(mail("Yes.\n\nOn Mon, 3 Nov 2026, Velo wrote:\n> Do you?\n> Or not?\n"))
    (found,) = mailbox.conversations()
    assert mailbox.said(found.id) == ["Yes."]
    kept = mailbox.shop.database.run(lambda tx: tx.row(select(mail_table)))
    assert kept is not None
    assert "> Do you?" in kept.whole


def test_a_mail_whose_sender_cannot_be_told_is_a_dead_letter(mailbox: Mailbox) -> None:
    assert not mailbox.gets(mail(sender="nobody"))
    assert mailbox.shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(entry))) == 0


def test_one_time_signs_are_forgotten_once_no_signature_with_them_is_believed_any_more(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    def signs(tx: Tx) -> list[str]:
        return [row.token for row in tx.rows(select(mail_token.c.token).order_by("token"))]

    def note(tx: Tx, token: str) -> None:
        tx.execute(mail_token.insert().values(channel_account_id=mailbox.account_id, token=token, digest="d", at=tx.now))

    run = mailbox.shop.database.run
    run(note, "old")
    clock.advance(timedelta(hours=40))
    run(note, "new")
    checks = Checks(mailbox.shop.database, {"email": mailbox.channel}, KEYRING)
    asyncio.run(checks.sweep())
    assert run(signs) == ["new", "old"]
    clock.advance(timedelta(hours=20))
    asyncio.run(checks.sweep())
    assert run(signs) == ["new"]
