"""The messages on the wire: parts of a reply, by what names they are known, how far each got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.channels.base import Outbound, Receipt
from firstline.channels.forms import Form, form_after, part_name
from firstline.channels.happenings import Status
from firstline.channels.pausing import ATTEMPTS, pause, spread
from firstline.channels.planning import Planned
from firstline.channels.tables import delivery_report, dispatch, provider_name
from firstline.channels.unsettled import tell_unreached
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import identity
from firstline.conversations.deliveries import set_delivery
from firstline.conversations.rules import Delivery, advances, together
from firstline.conversations.tables import attachment, entry
from firstline.kit.database import Tx
from firstline.kit.jobs import defer

_ARRIVED = (Delivery.DELIVERED.value, Delivery.READ.value)


@dataclass(frozen=True)
class Part:
    """One message on the wire."""

    entry_id: str
    number: int
    parts: int
    text: str
    delivery: Delivery
    attempts: int
    begun: bool = True
    """While it is being sent: whether its request may have been begun."""
    file_id: str | None = None
    form: Form = Form.AS_IT_IS


def prepare(tx: Tx, account_id: str, entry_id: str, recipient: str, planned: Sequence[Planned]) -> list[Part]:
    """The parts of a message, written down the first time, so that a second attempt cuts at the same places."""
    query = select(dispatch).where(dispatch.c.entry_id == entry_id).order_by(dispatch.c.part)
    rows = tx.rows(query)
    if not rows:
        for number, one in enumerate(planned):
            tx.execute(
                insert(dispatch).values(
                    entry_id=entry_id,
                    part=number,
                    parts=len(planned),
                    file_id=one.file_id,
                    channel_account_id=account_id,
                    recipient=recipient,
                    text=one.text,
                    delivery=Delivery.PENDING.value,
                )
            )
            name_it(tx, account_id, part_name(entry_id, number, Form.AS_IT_IS), entry_id, number)
        rows = tx.rows(query)
    return [_part_of(row) for row in rows]


def _part_of(row: Row[Any]) -> Part:
    progress = Delivery(row.delivery), row.attempts, row.begun
    return Part(row.entry_id, row.part, row.parts, row.text, *progress, row.file_id, Form(row.form))


def name_it(tx: Tx, account_id: str, name: str, entry_id: str, part: int, form: Form = Form.AS_IT_IS) -> None:
    """From now on the provider's reports under this name mean this part in this form; what was held for it is applied."""
    values = pg_insert(provider_name).values(
        channel_account_id=account_id, name=name, entry_id=entry_id, part=part, form=form.value
    )
    if tx.execute(values.on_conflict_do_nothing().returning(provider_name.c.part)).first() is None:
        return
    r = delivery_report.c
    held = tx.rows(
        select(delivery_report)
        .where(r.channel_account_id == account_id, r.name == name, r.entry_id.is_(None))
        .order_by(r.said_at, r.id)
    )
    for row in held:
        told = Status(
            Delivery(row.delivery),
            row.said_at,
            reason=row.reason,
            code=row.code,
            final=row.final,
            again=row.again,
            refuses_file=row.refuses_file,
        )
        moved = _told(tx, entry_id, part, form, told)
        tx.execute(update(delivery_report).where(r.id == row.id).values(entry_id=entry_id, part=part, moved=moved))


def mark(tx: Tx, entry_id: str, part: int, delivery: Delivery, reason: str | None = None, **values: Any) -> None:
    """Set a part to where it is, and the whole message with it."""
    where = (dispatch.c.entry_id == entry_id, dispatch.c.part == part)
    tx.execute(update(dispatch).where(*where).values(delivery=delivery.value, reason=reason, **values))
    whole(tx, entry_id)


def whole(tx: Tx, entry_id: str) -> None:
    """The message is as far as its parts are."""
    rows = tx.rows(
        select(dispatch.c.delivery, dispatch.c.reason).where(dispatch.c.entry_id == entry_id).order_by(dispatch.c.part)
    )
    parts = [Delivery(row.delivery) for row in rows]
    if not parts:
        return
    so_far = together(parts)
    reason = next((row.reason for row in rows if row.delivery == so_far.value and row.reason), None)
    if so_far in (Delivery.FAILED, Delivery.UNKNOWN) and len(parts) > 1:
        number = parts.index(so_far) + 1
        reason = f"Part {number} of {len(parts)}: {reason or so_far.value}"
    n, d = provider_name.c, dispatch.c
    provider_id = tx.scalar(
        select(n.name)
        .join(dispatch, (d.entry_id == n.entry_id) & (d.part == n.part) & (d.form == n.form))
        .where(n.entry_id == entry_id, n.part == 0, ~n.name.startswith(entry_id, autoescape=True))
        .order_by(n.name)
        .limit(1)
    )
    set_delivery(tx, entry_id, so_far, reason=reason, provider_id=provider_id)


def hurry(tx: Tx, entry_id: str) -> None:
    """Somebody does not want to wait for the next attempt: it may begin now."""
    tx.execute(update(dispatch).where(dispatch.c.entry_id == entry_id).values(not_before=None))


def begin(tx: Tx, message: Outbound) -> bool:
    """The request that sends a part is about to begin; False if it is no longer this attempt's: then it must not begin."""
    d = dispatch.c
    mine = (d.entry_id == message.entry_id, d.part == message.part, d.attempts == message.attempt, d.form == message.form.value)
    return bool(tx.execute(update(dispatch).where(*mine, d.delivery == Delivery.SENDING.value).values(begun=True)).rowcount)


def is_past(tx: Tx, message: Outbound) -> bool:
    """Whether a part goes out in another form by now: then what becomes of this attempt is of no interest."""
    row = _part(tx, message.entry_id, message.part)
    return row is not None and row.form != message.form.value


def sent(tx: Tx, account_id: str, message: Outbound, receipt: Receipt, at: datetime) -> None:
    """``send`` came back: the part is known under the provider's id from now on."""
    entry_id, part = message.entry_id, message.part
    _alone(tx, account_id, receipt.provider_id, *receipt.aliases)
    row = _part(tx, entry_id, part)
    if row is None:  # the customer was erased while it was on its way
        return
    superseded = row.told_attempt == message.attempt
    if row.form == message.form.value and not superseded and advances(row.delivery, receipt.delivery, final=False):
        mark(tx, entry_id, part, receipt.delivery, receipt.held or None, sent_at=at)
    for name in (receipt.provider_id, *receipt.aliases):
        if name:
            name_it(tx, account_id, name, entry_id, part, message.form)
    whole(tx, entry_id)


def move(
    tx: Tx,
    entry_id: str,
    part: int,
    delivery: Delivery,
    *,
    reason: str | None = None,
    code: str | None = None,
    final: bool = True,
    form: Form | None = None,
) -> bool:
    """A report about a part; it moves forward only. Returns whether it did.

    :param form: the form that the report is about: of one that is past, only that it arrived is of interest.
    """
    row = _part(tx, entry_id, part)
    if row is None or not advances(row.delivery, delivery, final=row.final):
        return False
    if form is not None and row.form != form.value and delivery not in (Delivery.DELIVERED, Delivery.READ):
        return False
    mark(tx, entry_id, part, delivery, reason, code=code, final=final)
    return True


def go_on_as(tx: Tx, entry_id: str, part: int, refused: Form, reason: str) -> bool:
    """The provider refused a file in a form: it goes out in the next one. The same refusal may be told twice, by the answer and
    by a status, in any order: the chain goes on once. False if there is nothing left to try.
    """
    row = _part(tx, entry_id, part)
    if row is None or row.file_id is None:
        return False
    if row.form != refused.value or row.delivery in _ARRIVED:
        return True
    file = tx.row(
        select(attachment.c.kind, attachment.c.name, entry.c.data, entry.c.conversation_id)
        .join(entry, entry.c.id == attachment.c.entry_id)
        .where(attachment.c.id == row.file_id)
    )
    after = form_after(refused, file.kind) if file is not None else None
    if file is None or after is None:
        return False
    told = {**file.data.get("sent_as", {}), row.file_id: {"form": after.value, "why": reason}}
    changes = {"data": {**file.data, "sent_as": told}, **({"provider_id": None} if part == 0 else {})}
    tx.execute(update(entry).where(entry.c.id == entry_id).values(**changes))
    how = "converted" if after is Form.CONVERTED else "as a link"
    why = f"{file.name or file.kind} was refused and is sent again, {how}. {reason}".strip()
    anew = {"form": after.value, "attempts": 0, "sent_at": None, "not_before": None, "code": None, "final": True}
    mark(tx, entry_id, part, Delivery.PENDING, why, **anew)
    name_it(tx, row.channel_account_id, part_name(entry_id, part, after), entry_id, part, after)
    defer(tx, "channels.deliver", key=file.conversation_id, conversation_id=file.conversation_id)
    return True


def _told(tx: Tx, entry_id: str, part: int, form: Form, status: Status) -> bool:
    """What a report about a part in a form changes; people are told of what a machine said in vain."""
    failed = status.delivery is Delivery.FAILED
    if failed and status.refuses_file and go_on_as(tx, entry_id, part, form, status.reason or ""):
        return True
    if failed and _is_old_news(tx, entry_id, part, status):
        return False
    if failed and status.again and (waits := _try_again(tx, entry_id, part, form, status)) is not None:
        return waits
    said = {"reason": status.reason, "code": status.code, "final": status.final}
    if not move(tx, entry_id, part, status.delivery, form=form, **said):  # type: ignore[arg-type]
        return False
    if failed:
        d = dispatch.c
        tx.execute(update(dispatch).where(d.entry_id == entry_id, d.part == part).values(told_attempt=d.attempts))
    row = tx.row(select(entry.c.conversation_id, entry.c.by_kind, entry.c.delivery).where(entry.c.id == entry_id))
    if row is not None and failed and status.final and row.delivery == Delivery.FAILED.value:
        tell_unreached(tx, entry_id, row.conversation_id, row.by_kind, status.reason or "")
    elif row is not None and row.delivery == Delivery.PENDING.value:  # the next part may have waited for this one
        defer(tx, "channels.deliver", key=row.conversation_id, conversation_id=row.conversation_id)
    return True


def _is_old_news(tx: Tx, entry_id: str, part: int, status: Status) -> bool:
    """A failure of an attempt after which another has begun."""
    row = _part(tx, entry_id, part)
    return row is not None and status.attempt is not None and row.attempts != status.attempt


def _try_again(tx: Tx, entry_id: str, part: int, form: Form, status: Status) -> bool | None:
    """The provider took a part and could not pass it on now: it goes back into the outbox, and out again under the same name.
    Returns whether it does, or None if it was tried often enough.

    What waits for its next attempt already does so once, however often and in whatever order the failure is told.
    """
    row = _part(tx, entry_id, part)
    if row is None or row.form != form.value or row.delivery in (Delivery.PENDING.value, *_ARRIVED):
        return False
    if row.delivery == Delivery.FAILED.value and row.final:
        return False
    if row.attempts >= ATTEMPTS:
        return None
    tried = max(1, row.attempts)
    not_before = tx.now + timedelta(seconds=spread(pause(tried), part_name(entry_id, part, form), tried))
    waits = {"code": status.code, "final": True, "told_attempt": row.attempts, "not_before": not_before}
    mark(tx, entry_id, part, Delivery.PENDING, status.reason, **waits)
    talk = tx.scalar(select(entry.c.conversation_id).where(entry.c.id == entry_id))
    defer(tx, "channels.deliver", key=talk, at=not_before, conversation_id=talk)
    return True


def report(tx: Tx, account_id: str, status: Status) -> bool:
    """What a provider says about a message of ours; every report is kept. Returns whether something moved.

    One about a message that nobody knows yet is held until the provider's id becomes known.
    """
    if status.up_to is not None and status.provider_id is None and status.correlation is None:
        return _up_to(tx, account_id, status)
    _alone(tx, account_id, status.provider_id, status.correlation, *status.aliases)
    moved = False
    for name in dict.fromkeys((status.provider_id, status.correlation)):
        if not name:
            continue
        known = _known(tx, account_id, name)
        values = pg_insert(delivery_report).values(
            channel_account_id=account_id,
            name=name[:500],
            entry_id=known.entry_id if known else None,
            part=known.part if known else None,
            delivery=status.delivery.value,
            code=status.code,
            reason=status.reason,
            final=status.final,
            refuses_file=status.refuses_file,
            again=status.again,
            said_at=status.at,
            at=tx.now,
        )
        kept = tx.execute(values.on_conflict_do_nothing().returning(delivery_report.c.id)).first()
        if known is None or (kept is None and status.delivery is Delivery.FAILED):
            continue  # nobody knows it yet; or the same failure again, perhaps after somebody tried once more
        form = Form(known.form)
        for alias in (status.provider_id, *status.aliases) if name == status.correlation else ():
            if alias:
                name_it(tx, account_id, alias, known.entry_id, known.part, form)
        went = _told(tx, known.entry_id, known.part, form, status)
        if went and kept is not None:
            tx.execute(update(delivery_report).where(delivery_report.c.id == kept.id).values(moved=True))
        moved = moved or went
    return moved


def reflected(tx: Tx, account_id: str, provider_id: str, correlation_: str | None, at: datetime) -> bool:
    """An echo of a message of ours: it was sent, whatever we believed. False if it is none of ours."""
    _alone(tx, account_id, provider_id, correlation_)
    known = _known(tx, account_id, provider_id) or (_known(tx, account_id, correlation_) if correlation_ else None)
    if known is None:
        return False
    row = _part(tx, known.entry_id, known.part)
    if row is not None and row.form == known.form and advances(row.delivery, Delivery.SENT, final=False):
        mark(tx, known.entry_id, known.part, Delivery.SENT, sent_at=at)
    name_it(tx, account_id, provider_id, known.entry_id, known.part, Form(known.form))
    whole(tx, known.entry_id)
    return True


def recipient_of(tx: Tx, account_id: str, *names: str | None) -> Identity | None:
    """To whom the message went that a provider, or we, call by one of these names."""
    n, d, i = provider_name.c, dispatch.c, identity.c
    row = tx.row(
        select(i.kind, i.value, i.scope)
        .join(dispatch, d.recipient == i.value)
        .join(provider_name, (n.entry_id == d.entry_id) & (n.part == d.part))
        .where(n.channel_account_id == account_id, n.name.in_([name for name in names if name]))
        .where(i.kind.in_([kind.value for kind in IdentityKind]), i.scope.in_((account_id, "")))
        .order_by(i.scope.desc())
        .limit(1)
    )
    return Identity(IdentityKind(row.kind), row.value, row.scope) if row is not None else None


def _up_to(tx: Tx, account_id: str, status: Status) -> bool:
    """A watermark: everything sent to that customer until then. A message whose id is unknown is not older than its sending."""
    d = dispatch.c
    query = (
        select(dispatch)
        .join(entry, entry.c.id == d.entry_id)
        .where(
            d.channel_account_id == account_id,
            d.sent_at <= status.up_to,
            or_(d.delivery == Delivery.SENT.value, d.delivery == Delivery.DELIVERED.value, d.delivery == Delivery.UNKNOWN.value),
        )
        .order_by(d.sent_at)
    )
    if status.to is not None:
        query = query.where(d.recipient == status.to.value)
    moved = [move(tx, row.entry_id, row.part, status.delivery) for row in tx.rows(query)]
    return any(moved)


def named(tx: Tx, account_id: str, name: str) -> str | None:
    """The message of ours that the provider, or we, call by this name."""
    found: str | None = tx.scalar(
        select(provider_name.c.entry_id).where(provider_name.c.channel_account_id == account_id, provider_name.c.name == name)
    )
    return found


def _known(tx: Tx, account_id: str, name: str) -> Row[Any] | None:
    n = provider_name.c
    return tx.row(select(n.entry_id, n.part, n.form).where(n.channel_account_id == account_id, n.name == name))


def _alone(tx: Tx, account_id: str, *names: str | None) -> None:
    """A report and the learning of the name it uses come one after the other, so that neither misses the other.

    Locks are taken in one order everywhere: names, then the entry, then its parts.
    """
    for name in sorted({name for name in names if name}):
        tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 13))"), {"key": f"{account_id}|{name}"})


def _part(tx: Tx, entry_id: str, part: int) -> Row[Any] | None:
    tx.execute(select(entry.c.id).where(entry.c.id == entry_id).with_for_update())
    return tx.row(select(dispatch).where(dispatch.c.entry_id == entry_id, dispatch.c.part == part).with_for_update())
