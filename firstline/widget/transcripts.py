"""The conversation by mail, for a visitor who asks: only to an address proven to be theirs, from a mailbox of the workspace."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from firstline.agent.actions.identified import identified
from firstline.agent.actions.verifying import entered_address, masked
from firstline.channels import accounts
from firstline.channels.base import Account, Channel, Outbound
from firstline.channels.tables import channel_account
from firstline.contacts.queries import who_is
from firstline.contacts.rules import IdentityKind
from firstline.conversations import queries as conversations
from firstline.conversations.record import locked, write
from firstline.conversations.rules import EntryKind
from firstline.kit.database import Database, Tx
from firstline.kit.errors import NotFound, Rejected, Unknown
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.kit.secrets import Keyring
from firstline.people.queries import the_account
from firstline.people.rules import Actor
from firstline.widget import queries
from firstline.widget.queries import Line
from firstline.widget.rules import BadFrame
from firstline.widget.visitors import Visitor
from firstline.widget.wording import Wording, wording

MAIL = "email"
"""The family of channels that a transcript goes out on."""
log = structlog.get_logger(__name__)


def offered(tx: Tx, account_id: str, conversation_id: str | None) -> str:
    """Where the transcript of a conversation can be sent, so masked that only its owner recognises it; empty if nowhere."""
    if conversation_id is None or _mailbox(tx, account_id) is None:
        return ""
    address = _proven(tx, conversation_id)
    return masked(address) if address else ""


def ask(tx: Tx, visitor: Visitor, language: str) -> str:
    """Send a visitor the last conversation, after this transaction; returns the masked address.

    :raises BadFrame: if there is none, no proven address, or no mailbox.
    """
    conversation_id = queries.newest(tx, visitor.account_id, visitor.id)
    to = offered(tx, visitor.account_id, conversation_id)
    if not to or conversation_id is None:
        raise BadFrame("no_transcript")
    defer(
        tx,
        "widget.send_transcript",
        key=conversation_id,
        conversation_id=conversation_id,
        transcript_id=new_id("trs"),
        language=language,
    )
    return to


def _mailbox(tx: Tx, account_id: str) -> str | None:
    """The oldest mailbox that works in the workspace of a chat."""
    a = channel_account.c
    workspace = select(a.workspace).where(a.id == account_id).scalar_subquery()
    works = (a.family == MAIL, a.workspace == workspace, a.removed_at.is_(None), a.attention.is_(None))
    found: str | None = tx.scalar(select(a.id).where(*works).order_by(a.id).limit(1))
    return found


def _proven(tx: Tx, conversation_id: str) -> str | None:
    """The address of whoever writes: the website signed it for its known customer, or a code sent to it was entered."""
    found = conversations.which(tx, conversation_id)
    if identified(tx, found):
        contact = who_is(tx, found.contact_id)
        own = [one.value for one in contact.identities if one.kind is IdentityKind.EMAIL and one.verified]
        if own:
            return contact.email if contact.email in own else own[0]
    return entered_address(tx, found)


def written(lines: Sequence[Line], company: str, zone: str, words: Wording) -> str:
    """The messages as text, oldest first, with who said it and when; times in the company's time zone."""
    there = ZoneInfo(zone)
    said = [words.say("transcript_intro", company=company)]
    for line in lines:
        who = words.say("you") if line.by_kind == "contact" else line.name or company
        if line.by_kind == "agent":
            who += f" · {words.say('ai')}"
        names = [one.name or "file" for one in line.files]
        said.append("\n".join((f"{who}, {line.at.astimezone(there):%Y-%m-%d %H:%M %Z}", *filter(None, (line.text, *names)))))
    return "\n\n".join(said)


class Mailing:
    """Sends transcripts by the channels of this installation."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.database = database
        self.channels = channels
        self.keyring = keyring

    async def send_transcript(self, conversation_id: str, transcript_id: str, language: str) -> None:
        """Send one, if the address is proven still; teammates see in the timeline how it ended.

        :raises Retry: while the mail server cannot.
        """
        made = await self.database.tx(self._made, conversation_id, transcript_id, wording(language))
        if made is None:
            return
        account, message = made
        try:
            await self.channels[account.kind].send(account, message)
        except (Rejected, Unknown) as no:
            log.warning("widget.transcript_not_sent", conversation=conversation_id, account=account.id, reason=no.reason)
            await self.database.tx(_note, conversation_id, f"The customer asked for this conversation by mail. {no.reason}")
        else:
            await self.database.tx(_note, conversation_id, "The customer asked for this conversation by mail, and it was sent.")

    def _made(self, tx: Tx, conversation_id: str, transcript_id: str, words: Wording) -> tuple[Account, Outbound] | None:
        try:
            found = conversations.which(tx, conversation_id)
        except NotFound:
            return None
        mailbox, to = _mailbox(tx, found.channel_account_id), _proven(tx, conversation_id)
        if mailbox is None or to is None:
            return None
        account, company = accounts.which(tx, mailbox, self.keyring), the_account(tx)
        text = written(queries.said_in(tx, conversation_id), company.name, company.timezone, words)
        subject = words.say("transcript_subject", company=company.name)
        now = tx.now
        told = Outbound(transcript_id, conversation_id, text, {}, "system", to, at=now, last_customer_at=now, subject=subject)
        return account, told


def _note(tx: Tx, conversation_id: str, words: str) -> None:
    write(tx, locked(tx, conversation_id).id, EntryKind.ALERT, Actor.system(), words)
