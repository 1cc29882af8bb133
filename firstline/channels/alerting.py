"""Admins are told by mail when a channel account breaks, once for each trouble, and when it works again (CH7)."""

from sqlalchemy import select

from firstline.channels.tables import channel_account
from firstline.kit.database import Event, Tx
from firstline.kit.events import event as log
from firstline.people import audit
from firstline.people.notices import notify_holders
from firstline.people.rules import Actor, Permission

BROKEN, MENDED = "channel_account.needs_attention", "channel_account.recovered"


def tell_broken(tx: Tx, event: Event) -> None:
    """A new trouble: what is wrong, what it means, what to do."""
    name = _name(tx, event.subject)
    if name is None:
        return
    cause, cure = str(event.data.get("cause") or ""), str(event.data.get("cure") or "")
    lines = (
        f"“{name}” does not work: {cause or 'no cause was given.'}",
        f"What to do: {cure}" if cure else "",
        (
            "Until then customers’ messages may not come in there, and answers may not go out. Nothing is lost: what waits is"
            " sent when it works again."
        ),
        "Settings › Channel accounts shows the cause, and tests the account.",
    )
    notify_holders(tx, Permission.MANAGE_CHANNELS, f"{name} needs attention", "\n\n".join(filter(None, lines)))


def tell_mended(tx: Tx, event: Event) -> None:
    """It works again: noted, and told to those who were told that it did not."""
    name = _name(tx, event.subject)
    query = select(log.c.kind).where(log.c.subject == event.subject, log.c.kind.in_((BROKEN, MENDED)), log.c.id < event.id)
    if name is None or tx.scalar(query.order_by(log.c.id.desc()).limit(1)) != BROKEN:
        return
    audit.record(tx, Actor.system(), MENDED, event.subject, after={"name": name})
    text = f"“{name}” works again. What waited is on its way."
    notify_holders(tx, Permission.MANAGE_CHANNELS, f"{name} works again", text)


def _name(tx: Tx, account_id: str) -> str | None:
    query = select(channel_account.c.name).where(channel_account.c.id == account_id, channel_account.c.removed_at.is_(None))
    found = tx.scalar(query)
    return None if found is None else str(found)
