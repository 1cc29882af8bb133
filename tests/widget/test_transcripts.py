"""The conversation by mail: only to an address that is proven, only what the customer may see, and teammates see that it went."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import cast

import pytest
from sqlalchemy import update

from firstline.agent.actions import verifying
from firstline.agent.actions.gate import VERIFIED_FOR
from firstline.agent.actions.tables import verification
from firstline.channels import accounts
from firstline.channels.base import Account, Channel, Outbound, Receipt
from firstline.channels.tables import channel_account
from firstline.contacts import commands as contacts
from firstline.conversations import queries, replying
from firstline.conversations.rules import Delivery, EntryKind
from firstline.kit.errors import Rejected
from firstline.people.rules import Actor
from firstline.widget.transcripts import Mailing
from tests.widget.serving import Served
from tests.widget.test_identity import KEY, arrives, token_for
from tests.world import KEYRING, AnySettings

MIRA = {"email": "mira.holm@example.org", "email_verified": True, "name": "Mira Holm"}
MASKED = "m…m@example.org"


class Mailbox:
    """In place of the email channel: keeps what it is given."""

    def __init__(self, refuses: str = "") -> None:
        self.sent: list[Outbound] = []
        self.refuses = refuses

    async def send(self, account: Account, message: Outbound) -> Receipt:
        """Keep it."""
        if self.refuses:
            raise Rejected(self.refuses)
        self.sent.append(message)
        return Receipt(Delivery.SENT)


def has_mailbox(chat: Served) -> None:
    """The workspace of the chat has a mailbox."""
    by, workspace = chat.shop.ines, chat.shop.chat.workspace
    mailbox = partial(accounts.connect, kind="email", name="Service", workspace=workspace, settings={}, family="email", by=by)
    chat.shop.database.run(mailbox, KEYRING, AnySettings)


@pytest.fixture
def mailing(chat: Served) -> Served:
    """A chat whose website names its customers, in a workspace with a mailbox."""
    chat.settings(identity_key=KEY)
    has_mailbox(chat)
    return chat


def runs(chat: Served, conversation: str, mailbox: Mailbox, transcript: str = "trs_1") -> None:
    channels = cast(Mapping[str, Channel], {"email": mailbox})
    mails = Mailing(chat.shop.database, channels, KEYRING)
    asyncio.run(mails.send_transcript(conversation, transcript, "en"))


@pytest.mark.promise("CH1")
def test_a_known_customer_gets_the_conversation_by_mail_without_what_teammates_keep_to_themselves(mailing: Served) -> None:
    with arrives(mailing, token_for(mailing, "j1", **MIRA)) as tab:
        assert tab.next("ready")["transcript"] == "", "there is no conversation yet"
        asked = tab.say("Where is **my** bike?\n<b>Now</b>")["conversation"]
    mailing.answer(asked, "It is on its way.")
    run = mailing.shop.database.run
    run(replying.comment, asked, "She is angry", mailing.shop.jonas)
    run(replying.reply, asked, "Jonas here.", mailing.shop.jonas)
    with arrives(mailing, token_for(mailing, "j2", **MIRA)) as tab:
        assert tab.next("ready")["transcript"] == MASKED
        tab.send(t="transcript")
        assert tab.next("transcript")["to"] == MASKED
    mailbox = Mailbox()
    runs(mailing, asked, mailbox)
    [mail] = mailbox.sent
    assert (mail.to, mail.subject, mail.by_kind) == ("mira.holm@example.org", "Your conversation with Veloria", "system")
    heads = [block.partition(",")[0] for block in mail.text.split("\n\n")[1:]]
    assert heads == ["You", "Velo · AI", "Jonas"]
    assert "angry" not in mail.text
    assert "<b>Now</b>" in mail.text
    last = mailing.timeline(asked)[-1]
    assert (last.kind, "it was sent" in last.text) == (EntryKind.ALERT, True)
    assert "mira" not in last.text


@pytest.mark.promise("CH1")
@pytest.mark.parametrize("claim", ["typed", "told", "on file"])
def test_an_address_that_is_only_claimed_gets_nothing(mailing: Served, claim: str) -> None:
    run = mailing.shop.database.run
    told = {"email": "mira.holm@example.org"} if claim == "told" else {}
    with mailing.line() if claim != "told" else arrives(mailing, token_for(mailing, "j1", **told)) as tab:
        token = tab.ready.get("visitor") or tab.next("ready")["visitor"]
        asked = tab.say("I am mira.holm@example.org")
        if claim == "on file":
            contact = run(queries.which, asked["conversation"]).contact_id
            run(contacts.describe, contact, email="mira.holm@example.org", by=Actor.contact(contact))
        tab.send(t="transcript")
        assert tab.next("error")["code"] == "no_transcript"
    with mailing.line(token) as back:
        assert back.ready["transcript"] == ""
    mailbox = Mailbox()
    runs(mailing, asked["conversation"], mailbox)
    assert mailbox.sent == [], "also not when somebody defers the job"


@pytest.mark.promise("CH1")
def test_an_address_to_which_a_code_was_sent_and_entered_is_proven_for_that_conversation(mailing: Served) -> None:
    database = mailing.shop.database
    with mailing.line() as tab:
        asked = tab.say("Hello")["conversation"]
    found = database.run(queries.which, asked)
    database.run(verifying.send, found, "mira.holm@example.org", "en", "Veloria")
    with mailing.line(tab.token) as back:
        assert back.ready["transcript"] == "", "a code that was sent is not one that was entered"
    database.run(
        lambda tx: tx.execute(update(verification).where(verification.c.conversation_id == asked).values(entered_at=tx.now))
    )
    with mailing.line(tab.token) as back:
        assert back.ready["transcript"] == MASKED
    later = VERIFIED_FOR * 2
    database.run(lambda tx: tx.execute(update(verification).values(entered_at=tx.now - later)))
    with mailing.line(tab.token) as back:
        assert back.ready["transcript"] == ""


def test_without_a_mailbox_that_works_nothing_is_offered_and_what_fails_is_told_to_teammates(mailing: Served) -> None:
    with arrives(mailing, token_for(mailing, "j1", **MIRA)) as tab:
        tab.next("ready")
        asked = tab.say("Hello")["conversation"]
    runs(mailing, asked, Mailbox("The mail server said 550."))
    assert mailing.timeline(asked)[-1].text.endswith("The mail server said 550.")
    run = mailing.shop.database.run
    run(lambda tx: tx.execute(update(channel_account).where(channel_account.c.family == "email").values(attention={"code": "x"})))
    with arrives(mailing, token_for(mailing, "j2", **MIRA)) as tab:
        assert tab.next("ready")["transcript"] == ""
        tab.send(t="transcript")
        assert tab.next("error")["code"] == "no_transcript"


def test_whoever_asks_again_and_again_is_stopped_and_nobody_gets_anothers(mailing: Served) -> None:
    with arrives(mailing, token_for(mailing, "j1", **MIRA)) as tab:
        tab.next("ready")
        tab.say("Hello")
        with mailing.line() as stranger:
            stranger.send(t="transcript", conversation="cnv_1", to="x@example.org")
            assert stranger.next("error")["code"] == "no_transcript"
        for _ in range(3):
            tab.send(t="transcript")
            tab.next("transcript")
        tab.send(t="transcript")
        assert tab.next("error")["code"] == "too_fast"
