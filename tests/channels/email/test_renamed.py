"""Servers that write a Message-ID of their own over ours: answers that name it still find their conversation."""

import asyncio

import pytest

from firstline.channels import accounts, dispatching
from firstline.channels.base import Outbound, Receipt
from firstline.channels.email.parse import Letter
from firstline.channels.email.smtp import Taken, renamed
from firstline.channels.happenings import Echo
from firstline.channels.planning import Planned
from firstline.conversations import replying
from firstline.conversations.record import locked
from firstline.conversations.rules import Delivery
from firstline.kit.database import Tx
from tests.channels.email.letters import ADDRESS, MIRA, SIGNER, happening, mail
from tests.channels.email.test_placing import AGENT, Mailbox, mailbox
from tests.world import KEYRING

__all__ = ["mailbox"]
AMAZON = "email-smtp.eu-west-1.amazonaws.com"
NUMBER = "0102019a5d7fbd8d-3f5d7f2a-1c2d-4e5f-8a9b-0c1d2e3f4a5b-000000"


@pytest.mark.parametrize(
    ("host", "said", "names"),
    [
        (AMAZON, f"Ok {NUMBER}", (f"<{NUMBER}@email.amazonses.com>", f"<{NUMBER}@eu-west-1.amazonses.com>")),
        ("smtp.example.com", f"Ok {NUMBER}", ()),
        ("email-smtp.eu-west-1.amazonaws.com.evil.example", f"Ok {NUMBER}", ()),
        (AMAZON, "queued as <x@y>", ()),
        (AMAZON, "", ()),
    ],
)
def test_what_amazon_answers_tells_the_name_that_recipients_see(host: str, said: str, names: tuple[str, ...]) -> None:
    assert renamed(host, said) == names


def sent_by_amazon(mailbox: Mailbox, conversation_id: str) -> None:
    """The agent writes, and Amazon names the mail."""
    names = renamed(AMAZON, f"Ok {NUMBER}")

    async def send(*_: object) -> Taken:
        return Taken((), names)

    def write(tx: Tx) -> str:
        return replying.agent_reply(tx, locked(tx, conversation_id), "Yes.", AGENT, {}, turn_id="trn_1").id

    written = mailbox.shop.database.run(write)
    mailbox.channel.smtp.send = send  # type: ignore[method-assign,assignment]
    account = mailbox.shop.database.run(accounts.which, mailbox.account_id, KEYRING)
    message = Outbound(written, conversation_id, "Yes.", {}, "agent", MIRA)
    receipt = asyncio.run(mailbox.channel.send(account, message))
    assert receipt == Receipt(Delivery.SENT, receipt.provider_id, names)

    def note(tx: Tx) -> None:
        dispatching.prepare(tx, mailbox.account_id, written, MIRA, [Planned("Yes.")])
        dispatching.sent(tx, mailbox.account_id, message, receipt, tx.now)

    mailbox.shop.database.run(note)


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("domain", ["email", "eu-west-1"])
def test_an_answer_that_names_amazon_s_id_joins_its_conversation_and_no_newer_one(mailbox: Mailbox, domain: str) -> None:
    mailbox.gets(mail("First"))
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    sent_by_amazon(mailbox, first.id)
    mailbox.gets(mail("Other matter", message_id="<m2@customer.example>"))
    answer = mail("Thank you", message_id="<m3@customer.example>", in_reply_to=f"<{NUMBER}@{domain}.amazonses.com>")
    mailbox.gets(answer)
    assert [mailbox.said(one.id) for one in mailbox.conversations()] == [["First", "Yes.", "Thank you"], ["Other matter"]]


@pytest.mark.promise("CH2")
def test_a_stranger_who_names_amazon_s_id_joins_nothing(mailbox: Mailbox) -> None:
    mailbox.gets(mail("First"))
    (first,) = mailbox.conversations()
    mailbox.agent_takes(first.id)
    sent_by_amazon(mailbox, first.id)
    mailbox.gets(
        mail(
            "Mine, too",
            sender="tom@customer.example",
            message_id="<t1@customer.example>",
            in_reply_to=f"<{NUMBER}@email.amazonses.com>",
        )
    )
    assert [mailbox.said(one.id) for one in mailbox.conversations()] == [["First", "Yes."], ["Mine, too"]]


@pytest.mark.promise("CH2", "CH9")
def test_a_mail_of_ours_that_comes_back_under_another_id_is_nobody_s_word() -> None:
    ours = SIGNER.message_id("ent_01k9yyyyyyyyyyyyyyyyyyyyyy", "cha_mail", "veloria.example")
    back = {"to": MIRA, "message_id": f"<{NUMBER}@email.amazonses.com>", "x_firstline_message": ours, "x_firstline": "teammate"}
    found = happening(mail("Ines here.", sender=ADDRESS, **back))
    assert isinstance(found, Echo)
    assert (found.correlation, found.history) == ("ent_01k9yyyyyyyyyyyyyyyyyyyyyy", True)
    assert isinstance(happening(mail("Mira here.", **back)), Letter), "a customer who copies the header still writes"
