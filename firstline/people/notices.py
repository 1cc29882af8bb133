"""Mail of the product itself, to teammates: invitations, warnings, alerts.

A row first, then sent by a job, visible in the console and repeatable there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, NotFound
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.people.roles import permissions_of
from firstline.people.rules import Actor, Permission
from firstline.people.tables import invitation, notice, teammate

MOST_ATTEMPTS = 8
SUBJECT_LIMIT = 200


class NoticeState(StrEnum):
    """How far a notice got. *Held*: there is no mail server to send it with."""

    WAITING = "waiting"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True)
class Letter:
    """A notice that is to be sent."""

    id: str
    address: str
    subject: str
    words: str
    html: str | None
    created_at: datetime


def notify(tx: Tx, to: str, subject: str, text: str, html: str | None = None, *, secret: bool = False) -> str:
    """Send mail to an address, after this transaction; returns the notice's id.

    :param secret: whether the text carries a link that lets somebody in; then it is forgotten once it is sent or cannot be.
    """
    made = new_id("ntc")
    tx.execute(
        insert(notice).values(
            id=made,
            address=to,
            subject=" ".join(subject.split())[:SUBJECT_LIMIT],
            words=text,
            html=html,
            secret=secret,
            state=NoticeState.WAITING,
            created_at=tx.now,
        )
    )
    defer(tx, "people.send_notice", key=made, notice_id=made)
    return made


def notify_holders(tx: Tx, permission: Permission, subject: str, text: str, html: str | None = None) -> list[str]:
    """The same to every teammate who holds a permission; returns the notices' ids."""
    mates = tx.rows(select(teammate.c.email, teammate.c.role).where(teammate.c.disabled_at.is_(None)).order_by(teammate.c.id))
    allowed = {role: permissions_of(tx, role) for role in {mate.role for mate in mates}}
    return [notify(tx, mate.email, subject, text, html) for mate in mates if permission in allowed[mate.role]]


def to_send(tx: Tx, notice_id: str) -> Letter | None:
    """The notice if it still waits."""
    row = tx.row(
        select(notice).where(notice.c.id == notice_id, notice.c.state == NoticeState.WAITING, notice.c.words.is_not(None))
    )
    return Letter(row.id, row.address, row.subject, row.words, row.html, row.created_at) if row else None


def went(tx: Tx, notice_id: str, state: NoticeState, problem: str = "") -> int:
    """Note how an attempt to send ended; returns how many there were."""
    over = state is not NoticeState.WAITING
    values: dict[str, Any] = {"state": state, "problem": problem[:500], "attempts": notice.c.attempts + 1}
    if state is NoticeState.SENT:
        values["sent_at"] = tx.now
    changed = tx.execute(
        update(notice).where(notice.c.id == notice_id).values(**values).returning(notice.c.attempts, notice.c.secret)
    )
    row = changed.one()
    if over and row.secret:
        tx.execute(update(notice).where(notice.c.id == notice_id).values(words=None, html=None))
    return int(row.attempts)


def send_again(tx: Tx, notice_id: str, *, by: Actor) -> None:
    """Try once more to send what failed or was held.

    :raises Conflict: if its words are forgotten, or it is on its way.
    """
    by.require(Permission.MANAGE_TEAMMATES)
    row = tx.row(select(notice).where(notice.c.id == notice_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no notice {notice_id}.")
    if row.words is None:
        raise Conflict("The mail carried a secret link, which is not kept. Send the invitation again instead.")
    if row.state not in (NoticeState.FAILED, NoticeState.HELD):
        raise Conflict("The mail was sent already, or is about to be.")
    tx.execute(update(notice).where(notice.c.id == notice_id).values(state=NoticeState.WAITING, attempts=0, problem=""))
    defer(tx, "people.send_notice", key=notice_id, notice_id=notice_id)


def send_test(tx: Tx, *, by: Actor) -> str:
    """Send a mail to whoever asks, to see whether the mail server works."""
    by.require(Permission.MANAGE_TEAMMATES)
    address = tx.scalar(select(teammate.c.email).where(teammate.c.id == by.id))
    if address is None:
        raise NotFound(f"There is no teammate {by.id}.")
    return notify(
        tx, address, "Firstline can send mail", "This is the test you asked for. Invitations and warnings arrive the same way."
    )


def recent(tx: Tx, limit: int = 100) -> Sequence[Row[Any]]:
    """The newest notices."""
    return tx.rows(select(notice).order_by(notice.c.created_at.desc(), notice.c.id.desc()).limit(limit))


def unsent(tx: Tx) -> int:
    """How many notices could not be sent."""
    query = select(func.count()).where(notice.c.state.in_((NoticeState.FAILED, NoticeState.HELD)))
    return int(tx.scalar(query) or 0)


def states_of(tx: Tx) -> dict[str, str]:
    """How far the mails of open invitations got, by notice."""
    query = select(notice.c.id, notice.c.state).join(invitation, invitation.c.notice_id == notice.c.id)
    return {row.id: row.state for row in tx.rows(query.where(invitation.c.accepted_at.is_(None)))}
