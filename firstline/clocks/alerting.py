"""Managers are told by mail of conversations that became overdue: once for each wait, what comes together in one mail (RT7)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from firstline.channels.tables import channel_account
from firstline.clocks.queries import policies
from firstline.clocks.rules import Step, Waits
from firstline.clocks.tables import clock
from firstline.contacts.tables import contact
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation
from firstline.kit.database import Database, Event, Tx
from firstline.kit.jobs import defer
from firstline.people.commands import actor_of
from firstline.people.notices import notify
from firstline.people.queries import teammates, the_account
from firstline.people.rules import Actor, Permission
from firstline.people.tables import team, teammate

TOGETHER = timedelta(minutes=1)
"""What becomes overdue within this time is told in one mail."""
LISTED = 20


def mail_soon(tx: Tx, event: Event) -> None:
    """Follows *conversation.overdue*."""
    if event.data.get("first"):
        defer(tx, "clocks.mail_overdue", key="all", at=tx.now + TOGETHER)


class Alerts:
    """Writes the mails."""

    def __init__(self, database: Database, base_url: str) -> None:
        self.database = database
        self.base_url = base_url

    async def mail_overdue(self) -> None:
        """``clocks.mail_overdue``: tell of what is overdue and was not told yet."""
        await self.database.tx(mail_overdue, self.base_url)


def mail_overdue(tx: Tx, base_url: str) -> int:
    """Tell everybody who manages availability what they may see of it; returns how many conversations there were."""
    rows = _untold(tx)
    if not rows:
        return 0
    ids = [row.id for row in rows]
    told = cast({Step.MAIL.value: tx.now.isoformat()}, JSONB)
    tx.execute(update(clock).where(clock.c.conversation_id.in_(ids)).values(done=clock.c.done.op("||")(told)))
    zone = ZoneInfo(the_account(tx).timezone)
    for mate in teammates(tx):
        reader = actor_of(tx, mate.id)
        if not reader.may(Permission.MANAGE_AVAILABILITY):
            continue
        visible = _visible(tx, reader, ids)
        if mine := [row for row in rows if row.id in visible]:
            notify(tx, mate.email, *letter(mine, zone, base_url))
    return len(rows)


def letter(rows: Sequence[Row[Any]], zone: ZoneInfo, base_url: str) -> tuple[str, str]:
    """Subject and text: who waits since when, with whom, and where to read it. Nothing of what was said."""
    if len(rows) == 1:
        subject = f"A customer has waited too long: conversation {rows[0].number}"
    else:
        subject = f"{len(rows)} customers have waited too long"
    lines = [
        f"#{row.number} {_who(row)}, {row.account}, since {row.since.astimezone(zone):%H:%M on %d %B} ({zone.key}), "
        f"{_with(row)}\n{base_url}/inbox/all/{row.id}"
        for row in rows[:LISTED]
    ]
    if len(rows) > LISTED:
        lines.append(f"And {len(rows) - LISTED} more.")
    lines.append(f"All that is overdue: {base_url}/team/queues")
    lines.append(
        "When a conversation counts as overdue, and whether it is mailed, is set under Settings › Channels › Waiting times."
    )
    return subject, "\n\n".join(lines)


def _who(row: Row[Any]) -> str:
    return str(row.name or row.email or "a visitor")


def _with(row: Row[Any]) -> str:
    if row.teammate:
        return f"with {row.teammate}"
    return f"in the queue of {row.team}" if row.team else "with nobody"


def _untold(tx: Tx) -> list[Row[Any]]:
    mailed = [family for family, policy in policies(tx).items() if policy.mail]
    c, done = conversation.c, clock.c.done
    query = (
        select(c.id, c.number, clock.c.since, contact.c.name, contact.c.email, channel_account.c.name.label("account"))
        .add_columns(teammate.c.name.label("teammate"), team.c.name.label("team"))
        .join(clock, clock.c.conversation_id == c.id)
        .join(contact, contact.c.id == c.contact_id)
        .join(channel_account, channel_account.c.id == c.channel_account_id)
        .outerjoin(teammate, (c.owner_kind == "teammate") & (teammate.c.id == c.owner_id))
        .outerjoin(team, (c.owner_kind == "team") & (team.c.id == c.owner_id))
        .where(clock.c.waits == Waits.PEOPLE.value, done.has_key(Step.ALERT.value), ~done.has_key(Step.MAIL.value))
        .where(func.coalesce(channel_account.c.family, "chat").in_(mailed))
        .order_by(clock.c.since, c.id)
        .with_for_update(of=conversation)
    )
    return list(tx.rows(query))


def _visible(tx: Tx, reader: Actor, ids: Sequence[str]) -> set[str]:
    query = select(conversation.c.id).where(conversation.c.id.in_(ids), seen_by(reader))
    return {str(row.id) for row in tx.rows(query)}
