"""Which message goes out next: in order within a conversation, within the window and the rates, cut as the channel allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, exists, func, or_, select, update

from firstline.channels import buckets, choices, dispatching, planning
from firstline.channels.accounts import which
from firstline.channels.base import Account, Capabilities, Channel, Outbound, capabilities_of
from firstline.channels.dispatching import Part
from firstline.channels.forms import Form
from firstline.channels.interrupting import SPOKEN, WITHDRAWN, by_machine, has_spoken, interrupted, overtaken_by_a_person
from firstline.channels.linking import Links
from firstline.channels.tables import dispatch
from firstline.channels.unsettled import tell_unreached, watch
from firstline.channels.windows import window
from firstline.contacts import holding
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import identity
from firstline.conversations.deliveries import report_delivery
from firstline.conversations.rules import Attachment, Delivery, EntryKind
from firstline.conversations.tables import attachment, conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Rejected
from firstline.kit.secrets import Keyring

HISTORY = 20
_DONE = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


class Wait(Exception):
    """Not before so many seconds: a rate limit, or the provider asked for it. Others go on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.2f} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Claimed:
    """A message that this process sends now."""

    account: Account
    channel: Channel
    can: Capabilities
    message: Outbound
    repeated: bool = False
    """It goes out once more by itself, because it was refused in another form; what people try again does not."""


@dataclass(frozen=True)
class Claims:
    """What claiming looks at."""

    channels: Mapping[str, Channel]
    keyring: Keyring
    links: Links

    def next(self, tx: Tx, conversation_id: str) -> Claimed | None:
        """The oldest waiting message of a conversation, marked as being sent; None when nothing waits.

        One that was being sent when a process died stays marked. If its request had not begun, it goes out now. If it had,
        nobody knows whether it left, so it becomes unknown, unless the channel may send it again.

        :raises Wait: if the next one may not go out yet.
        """
        rows = tx.rows(
            select(entry, conversation.c.contact_id, conversation.c.thread, conversation.c.subject)
            .join(conversation, conversation.c.id == entry.c.conversation_id)
            .where(
                entry.c.conversation_id == conversation_id,
                entry.c.direction == "out",
                entry.c.delivery.in_((Delivery.PENDING.value, Delivery.SENDING.value)),
            )
            .order_by(entry.c.seq)
            .with_for_update(of=entry)
        )
        for row in rows:
            try:
                if by_machine(row.by_kind) and overtaken_by_a_person(tx, row) and _withdraw(tx, row):
                    continue
                found = self._claim(tx, row)
            except (NotFound, Rejected) as no:
                _failed(tx, row, no.reason if isinstance(no, Rejected) else "The channel account was removed.")
                continue
            if found is not None:
                return found
        return None

    def _claim(self, tx: Tx, row: Row[Any]) -> Claimed | None:
        account = which(tx, row.channel_account_id, self.keyring)
        channel = self.channels.get(account.kind)
        if channel is None:
            raise Rejected(f"This installation has no channel of kind {account.kind}.")
        can = capabilities_of(channel, account)
        if can.shows:
            report_delivery(tx, row.id, Delivery.SENT)
            return None
        to = recipient(tx, row.conversation_id, row.contact_id, account.id)
        plan = planning.planned(tx, row, account.name, can, self.links)
        parts = dispatching.prepare(tx, account.id, row.id, to.value if to else "", plan)
        if row.delivery == Delivery.SENDING.value and not can.repeatable and _broken_off(tx, row, parts):
            return None
        part = next((one for one in parts if one.delivery not in _DONE), None)
        if part is None:
            dispatching.whole(tx, row.id)
            return None
        repeated = part.form is not Form.AS_IT_IS and part.delivery is Delivery.PENDING
        if repeated and by_machine(row.by_kind) and has_spoken(tx, row.id):
            raise Rejected(SPOKEN)
        if by_machine(row.by_kind) and (pause := interrupted(tx, row.conversation_id)):
            raise Wait(pause)
        last_customer_at = self._in_window(tx, row, account, can)
        _not_yet(tx, part, account, can, to)
        attempt = _start(tx, row, part, begun=not can.tells_begin)
        text, files = self._content(tx, row, part, parts, can)
        _, buttons = choices.worded(row.text, row.data.get("options", ()), can)
        last_words = max((one.number for one in parts if one.file_id is None), default=part.parts - 1)
        message = Outbound(
            entry_id=row.id,
            conversation_id=row.conversation_id,
            text=text,
            data=row.data,
            by_kind=row.by_kind,
            to=to.value if to else "",
            identity=to,
            part=part.number,
            parts=part.parts,
            attachments=files,
            form=part.form,
            buttons=buttons if part.number == last_words else (),
            reply_to=row.data.get("reply_to"),
            answers=not _was_answered(tx, row),
            history=_history(tx, row.conversation_id, row.seq),
            holder_key=holding.key_of(tx, to) if can.checks_holder and to else "",
            thread=row.thread,
            subject=row.subject,
            last_customer_at=last_customer_at,
            at=tx.now,
            by_name=str(row.data.get("by_name") or ""),
            attempt=attempt,
        )
        return Claimed(account, channel, can, message, repeated)

    def _content(
        self, tx: Tx, row: Row[Any], part: Part, parts: list[Part], can: Capabilities
    ) -> tuple[str, tuple[Attachment, ...]]:
        """The words and the files of a part. One without a file of its own has all of them if it is the last, unless others have
        files of their own."""
        if part.file_id is None and (part.number < part.parts - 1 or any(one.file_id for one in parts)):
            return part.text, ()
        files = planning.ready(tx, row.id)
        if part.file_id is None:
            return part.text, tuple(planning.opened(tx, one) for one in planning.fitting(files, can))
        file = next((one for one in files if one.id == part.file_id), None)
        if file is None:
            raise Rejected("The file is not there any more.")
        if part.form is Form.LINK:
            return planning.with_link(part.text, file, self.links), ()
        return part.text, (planning.opened(tx, file),)

    def _in_window(self, tx: Tx, row: Row[Any], account: Account, can: Capabilities) -> Any:
        last = last_heard_at(tx, row.contact_id, account.id)
        if can.window is not None and not (row.data.get("template") and can.window_cure == "template"):
            now = window(can, last, tx.now, by_person=row.by_kind == "teammate")
            if not now.open:
                raise Rejected(now.sentence(tx.now))
        return last


def last_heard_at(tx: Tx, contact_id: str, account_id: str) -> Any:
    """When the customer last wrote to an account, by the provider's clock, in whichever conversation."""
    c = conversation.c
    return tx.scalar(select(func.max(c.last_customer_at)).where(c.contact_id == contact_id, c.channel_account_id == account_id))


def recipient(tx: Tx, conversation_id: str, contact_id: str, account_id: str) -> Identity | None:
    """The address the customer last used in a conversation; else one that holds on this account; else the first there is."""
    used = tx.scalar(
        select(entry.c.party)
        .where(entry.c.conversation_id == conversation_id, entry.c.party.is_not(None))
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    if isinstance(used, dict):
        return Identity(IdentityKind(used["kind"]), used["value"], used.get("scope", ""))
    row = tx.row(
        select(identity)
        .where(identity.c.contact_id == contact_id)
        .order_by((identity.c.scope == account_id).desc(), identity.c.id)
        .limit(1)
    )
    return Identity(IdentityKind(row.kind), row.value, row.scope, row.verified) if row is not None else None


def _was_answered(tx: Tx, row: Row[Any]) -> bool:
    """Whether a teammate, or an answer of the agent, went out between the customer's last message and this one."""
    e = entry.c
    here = (e.conversation_id == row.conversation_id, e.kind == EntryKind.MESSAGE.value, e.seq < row.seq)
    last = select(func.coalesce(func.max(e.seq), 0)).where(*here, e.direction == "in").scalar_subquery()
    answer = or_(e.by_kind == "teammate", e.data["decision"].astext == "answer")
    went = (e.direction == "out", e.seq > last, e.delivery != Delivery.FAILED.value)
    return bool(tx.scalar(select(exists().where(*here, *went, answer))))


def _withdraw(tx: Tx, row: Row[Any]) -> bool:
    """Nothing of it goes out; False if something of it may have left already."""
    d = dispatch.c
    out = tx.scalar(select(d.part).where(d.entry_id == row.id, d.delivery != Delivery.PENDING.value).limit(1))
    if row.delivery != Delivery.PENDING.value or out is not None:
        return False
    tx.execute(update(dispatch).where(d.entry_id == row.id).values(delivery=Delivery.FAILED.value, reason=WITHDRAWN))
    report_delivery(tx, row.id, Delivery.FAILED, reason=WITHDRAWN)
    return True


def _broken_off(tx: Tx, row: Row[Any], parts: list[Part]) -> bool:
    """A process ended in the middle: what it was sending is unknown, if it had begun to."""
    doubtful = [part for part in parts if part.delivery is Delivery.SENDING]
    if doubtful and not any(part.begun for part in doubtful):
        return False
    for part in doubtful or parts[:1]:
        dispatching.mark(tx, row.id, part.number, Delivery.UNKNOWN, "The process ended while this was being sent.")
    watch(tx, row.id)
    return True


def _not_yet(tx: Tx, part: Part, account: Account, can: Capabilities, to: Identity | None) -> None:
    not_before = tx.scalar(
        select(dispatch.c.not_before).where(dispatch.c.entry_id == part.entry_id, dispatch.c.part == part.number)
    )
    if not_before is not None and not_before > tx.now:
        raise Wait((not_before - tx.now) / timedelta(seconds=1))
    if part.number > 0 and can.settles and (seconds := _unsettled(tx, part, can.settles)) > 0:
        raise Wait(seconds)
    if to is not None and (seconds := buckets.take(tx, f"{account.id}|{to.value}", can.pair_rate)):
        raise Wait(seconds)
    if _is_heavy(tx, part, can) and (seconds := buckets.take(tx, f"{account.id}|heavy", can.heavy_rate)):
        raise Wait(seconds)
    if seconds := buckets.take(tx, account.id, can.rate):
        raise Wait(seconds)


def _unsettled(tx: Tx, part: Part, settles: float) -> float:
    """Seconds for which the part before may still be on its way; news that it arrived bring this one forward."""
    d = dispatch.c
    before = (d.entry_id == part.entry_id, d.part == part.number - 1, d.delivery == Delivery.SENT.value)
    sent_at = tx.scalar(select(d.sent_at).where(*before))
    return settles - (tx.now - sent_at) / timedelta(seconds=1) if sent_at is not None else 0.0


def _is_heavy(tx: Tx, part: Part, can: Capabilities) -> bool:
    """Whether audio or video goes with a part, for which a provider allows less."""
    a = attachment.c
    if can.heavy_rate is None or part.form is Form.LINK:
        return False
    mine = a.id == part.file_id if can.media_alone else a.entry_id == part.entry_id
    heavy = exists().where(mine, a.kind.in_(("audio", "video")), a.state == "ready")
    return (can.media_alone or part.number == part.parts - 1) and bool(tx.scalar(select(heavy)))


def _start(tx: Tx, row: Row[Any], part: Part, *, begun: bool) -> int:
    """Mark a part, and the message, as being sent; what failed before is tried from the start.

    :param begun: whether the request counts as begun already, because the channel does not tell when it begins.
    """
    attempt = 1 if part.delivery in (Delivery.FAILED, Delivery.UNKNOWN) else part.attempts + 1
    where = (dispatch.c.entry_id == row.id, dispatch.c.part == part.number)
    values = {"delivery": Delivery.SENDING.value, "reason": None, "attempts": attempt, "not_before": None, "final": True}
    tx.execute(update(dispatch).where(*where).values(**values, told_attempt=None, begun=begun))
    sending = {"delivery": Delivery.SENDING.value, "delivery_attempts": entry.c.delivery_attempts + 1}
    tx.execute(update(entry).where(entry.c.id == row.id).values(**sending))
    return attempt


def _failed(tx: Tx, row: Row[Any], reason: str) -> None:
    d = dispatch.c
    open_parts = (d.entry_id == row.id, d.delivery.not_in([one.value for one in _DONE]))
    tx.execute(update(dispatch).where(*open_parts).values(delivery=Delivery.FAILED.value, reason=reason))
    report_delivery(tx, row.id, Delivery.FAILED, reason=reason)
    tell_unreached(tx, row.id, row.conversation_id, row.by_kind, reason)


def _history(tx: Tx, conversation_id: str, before: int) -> tuple[str, ...]:
    query = (
        select(entry.c.provider_id)
        .where(entry.c.conversation_id == conversation_id, entry.c.seq < before, entry.c.provider_id.is_not(None))
        .order_by(entry.c.seq.desc())
        .limit(HISTORY)
    )
    return tuple(str(row.provider_id) for row in reversed(tx.rows(query)))
