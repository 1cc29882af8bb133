"""Mails from the spam folder: people see them, the agent is silent, and moved out of it they are what any mail is."""

import pytest
from sqlalchemy import text, update

from firstline.channels import accounts
from firstline.channels.base import RawRequest
from firstline.channels.email import telling
from firstline.channels.email.parse import IN_SPAM
from firstline.channels.email.viewing import warnings
from firstline.channels.intake.taking import take
from firstline.channels.tables import channel_account
from firstline.conversations import queries
from firstline.conversations.closing import close
from firstline.conversations.rules import Entry, OwnerKind
from firstline.kit.database import Tx
from firstline.wiring import FOLLOWS
from tests.channels.email.letters import ADDRESS, MIRA, mail
from tests.channels.email.test_meaning import dsn
from tests.channels.email.test_placing import Mailbox, mailbox
from tests.world import KEYRING

__all__ = ["mailbox"]
SAMIRA = "samira@veloria.example"


def moved(mailbox: Mailbox, raw: bytes) -> None:
    """Somebody moves it to the inbox; what follows from it follows."""
    request = RawRequest("IMAP", "imap/INBOX/1/9", {"folder": "inbox"}, body=raw, at=mailbox.shop.database.clock.now())
    mailbox.shop.database.followers = FOLLOWS

    def run(tx: Tx) -> bool:
        return take(tx, mailbox.channel.parse, accounts.which(tx, mailbox.account_id, KEYRING), request)

    assert mailbox.shop.database.run(run)


def messages(mailbox: Mailbox) -> list[Entry]:
    return [one for found in mailbox.conversations() for one in mailbox.timeline(found.id) if one.kind == "message"]


def waits_for(mailbox: Mailbox, job: str) -> int:
    query = text("select count(*) from procrastinate_jobs where task_name = :name and status = 'todo'")
    return int(mailbox.shop.database.run(lambda tx: tx.scalar(query, {"name": job})))


@pytest.mark.promise("CH2")
def test_a_mail_from_the_spam_folder_is_shown_with_where_it_lay_and_called_nobody_for(mailbox: Mailbox) -> None:
    mailbox.gets(mail(), folder="spam")
    (found,) = mailbox.conversations()
    (one,) = messages(mailbox)
    assert (one.quiet, found.waiting_since, found.routing) == (True, None, None)
    assert warnings(one.data) == (f"The agent does not answer. {IN_SPAM}",)
    account = mailbox.shop.database.run(accounts.which, mailbox.account_id, KEYRING)
    told = mailbox.shop.database.run(telling.tell, account, {})
    (line,) = next(table for table in told.tables if table.key == "unanswered").lines
    assert (line.cells[1].text, line.cells[2].text) == ("From spam", IN_SPAM)


@pytest.mark.promise("CH2")
def test_moved_to_the_inbox_it_is_not_stored_twice_and_is_answered(mailbox: Mailbox) -> None:
    mailbox.gets(mail(), folder="spam")
    for _ in range(2):
        moved(mailbox, mail())
        (found,) = mailbox.conversations()
        (one,) = messages(mailbox)
        assert (one.quiet, warnings(one.data)) == (False, ())
        assert found.waiting_since is not None
        assert waits_for(mailbox, "routing.route") == 1
    mailbox.gets(mail(), folder="spam")
    assert warnings(messages(mailbox)[0].data) == (), "back in the spam folder, it stays what it was"


@pytest.mark.promise("CH2")
def test_moved_to_the_inbox_it_is_still_not_answered_if_it_would_not_have_been_there(mailbox: Mailbox) -> None:
    raw = mail("I am away.", auto_submitted="auto-replied")
    mailbox.gets(raw, folder="spam")
    moved(mailbox, raw)
    (one,) = messages(mailbox)
    assert one.quiet
    (said,) = warnings(one.data)
    assert "a machine wrote it" in said
    assert waits_for(mailbox, "routing.route") == 0


def test_what_people_closed_as_spam_stays_closed_when_the_mail_is_moved(mailbox: Mailbox) -> None:
    mailbox.gets(mail(), folder="spam")
    mailbox.shop.database.run(close, mailbox.conversations()[0].id, mailbox.shop.ines)
    moved(mailbox, mail())
    (found,) = mailbox.conversations()
    assert (found.status, found.waiting_since, waits_for(mailbox, "routing.route")) == ("closed", None, 0)


@pytest.mark.promise("CH2")
def test_an_administrator_may_let_the_agent_answer_spam(mailbox: Mailbox) -> None:
    c = channel_account.c
    lets = c.settings.op("||")({"answer_spam": True})
    mailbox.shop.database.run(lambda tx: tx.execute(update(channel_account).values(settings=lets)))
    mailbox.gets(mail(), folder="spam")
    (one,) = messages(mailbox)
    assert (one.quiet, warnings(one.data)) == (False, (IN_SPAM,))
    moved(mailbox, mail())
    (one,) = messages(mailbox)
    assert (one.quiet, warnings(one.data), waits_for(mailbox, "routing.route")) == (False, (), 0)


@pytest.mark.promise("CH9")
@pytest.mark.parametrize("sender", [SAMIRA, ADDRESS])
def test_a_forged_word_of_our_people_in_the_spam_folder_stops_nobody(mailbox: Mailbox, sender: str) -> None:
    mailbox.gets(mail())
    (asked,) = mailbox.conversations()
    mailbox.agent_takes(asked.id)
    mailbox.gets(mail("Pay me.", sender=sender, to=MIRA, cc=ADDRESS, message_id="<e@x>"), folder="spam")
    assert mailbox.shop.database.run(queries.which, asked.id).owner.kind is OwnerKind.AGENT


@pytest.mark.promise("CH2")
def test_a_bounce_counts_wherever_it_lies_and_a_mail_of_ours_is_none_of_a_customer(mailbox: Mailbox) -> None:
    mailbox.gets(mail())
    (first,) = mailbox.conversations()
    ours = mailbox.agent_answers(first.id)
    mailbox.gets(mail("Yes.", sender=ADDRESS, to=MIRA, message_id=ours), folder="spam")
    mailbox.gets(dsn(ours), folder="spam")
    assert mailbox.timeline(first.id)[-1].delivery == "failed"
    assert len(messages(mailbox)) == 2
