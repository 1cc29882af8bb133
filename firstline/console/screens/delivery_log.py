"""Settings › Channels › Delivery log: what went out on the accounts, how far it got, and what came back."""

from functools import partial

from sqlalchemy import select
from starlette.responses import Response

from firstline.channels import accounts
from firstline.channels.tables import dispatch
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.story import delivery_words
from firstline.console.view.channel_log import LogLine, LogPage
from firstline.console.words import _
from firstline.contacts.tables import contact
from firstline.conversations.rules import Delivery, preview_of
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.people.rules import Permission

router = console_router()
HERE = "/settings/delivery-log"
PAGE = 100
_TONES = {"failed": "bad", "unknown": "warn", "pending": "", "sending": ""}


def log_page(tx: Tx, reader: Reader, account_id: str, trouble: bool) -> LogPage:
    """The latest messages on the wire, of one account or all."""
    reader.by.require(Permission.MANAGE_CHANNELS)
    names = accounts.names(tx)
    d = dispatch.c
    query = (
        select(dispatch, entry.c.conversation_id, entry.c.at, contact.c.name, contact.c.email)
        .join(entry, entry.c.id == d.entry_id)
        .join(conversation, conversation.c.id == entry.c.conversation_id)
        .join(contact, contact.c.id == conversation.c.contact_id)
        .where(seen_by(reader.by))
        .order_by(entry.c.at.desc(), d.entry_id.desc(), d.part)
        .limit(PAGE)
    )
    if account_id:
        query = query.where(d.channel_account_id == account_id)
    if trouble:
        query = query.where(d.delivery.in_(("failed", "unknown")))
    lines = tuple(
        LogLine(
            href=f"/inbox/all/{row.conversation_id}",
            account=names.get(row.channel_account_id, ("", ""))[0],
            to=row.name or row.email or row.recipient,
            text=preview_of(row.text),
            part=f"{row.part + 1}/{row.parts}" if row.parts > 1 else "",
            state=_("Not known") if row.delivery == Delivery.UNKNOWN else delivery_words(row.delivery),
            tone=_TONES.get(row.delivery, "good"),
            reason=row.reason or "",
            attempts=row.attempts,
            at=reader.times.moment(row.at),
        )
        for row in tx.rows(query)
    )
    choices = (("", ""), *((one.id, one.name) for one in accounts.connected(tx)))
    return LogPage(lines, choices, account_id, trouble)


@router.get(HERE)
async def delivery_log(visit: Visiting, account: str = "", trouble: str = "") -> Response:
    """The table."""
    load = partial(log_page, account_id=account, trouble=bool(trouble))
    return await visit.page("screens/delivery-log.html", load, here=HERE)
