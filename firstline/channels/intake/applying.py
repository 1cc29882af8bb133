"""Each happening becomes what it means, once: the same one again changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from firstline.channels import attention, choices, dispatching
from firstline.channels.base import Account
from firstline.channels.control.commands import control, owner_outside, shown_ours
from firstline.channels.happenings import (
    Advertising,
    Control,
    Doubted,
    Echo,
    Edited,
    Happening,
    IdentityChanged,
    Ignored,
    Inbound,
    Keyed,
    Listed,
    Notice,
    Rated,
    Reaction,
    Status,
    TemplateState,
)
from firstline.channels.templating.commands import note_state
from firstline.contacts import holding, marketing
from firstline.contacts.doubting import doubt
from firstline.contacts.forgotten import was_erased
from firstline.contacts.phone_book import listed
from firstline.contacts.reaching import mark_reached, mark_unreachable
from firstline.contacts.recognising import recognise
from firstline.conversations import amending, feedback, intake
from firstline.conversations.becoming import became
from firstline.conversations.outside import Outside, note_wish, wrote_outside
from firstline.conversations.rules import MESSAGE_LIMIT, Delivery, Place
from firstline.kit.database import Tx
from firstline.kit.jobs import defer
from firstline.people.rules import Actor

_FIRST = datetime.min.replace(tzinfo=UTC)


def in_order(happenings: Sequence[Happening]) -> list[Happening]:
    """Changed identities first, then messages by the time they were sent, then what is said about messages."""
    return sorted(happenings, key=_when)


def _when(happening: Happening) -> tuple[int, datetime]:
    if isinstance(happening, IdentityChanged):
        return 0, happening.at
    if isinstance(happening, Inbound | Echo):
        return 1, happening.at or _FIRST
    if isinstance(happening, Status | Reaction | Rated | Edited | Control | Doubted | Keyed | Listed | Advertising):
        return 2, happening.at
    return 3, _FIRST


def apply(tx: Tx, account: Account, happening: Happening) -> None:
    """Let a happening have its effect.

    :raises firstline.kit.errors.Refused: if it cannot: the caller makes a dead letter of it.
    """
    _VERBS[type(happening)](tx, account, happening)


def _message(tx: Tx, account: Account, message: Inbound) -> None:
    if was_erased(tx, "message", account.id, message.provider_id):
        return
    if len(message.text) > MESSAGE_LIMIT:
        message = replace(message, text=message.text[:MESSAGE_LIMIT], data={**message.data, "cut": len(message.text)})
    intake.receive(tx, Place(account.id, account.workspace), choices.chosen(tx, account.id, message))
    at = message.at or tx.now
    if message.standby:
        control(tx, account, Control(message.sender, False, at, "The customer writes to another program on this account now"))
    elif not message.quiet:
        shown_ours(tx, account.id, Control(message.sender, True, at, "The customer's messages come to Firstline"))


def _echo(tx: Tx, account: Account, echo: Echo) -> None:
    if any(was_erased(tx, "message", account.id, name) for name in (echo.provider_id, echo.correlation) if name):
        return
    if dispatching.reflected(tx, account.id, echo.provider_id, echo.correlation, echo.at):
        return
    wrote = Outside(
        to=echo.to,
        text=echo.text,
        provider_id=echo.provider_id,
        at=echo.at,
        thread=echo.thread,
        references=echo.references,
        by_name=echo.by_name,
        attachments=echo.attachments,
        history=echo.history,
        data=echo.data,
        heard_by=echo.heard_by,
    )
    wrote_outside(tx, Place(account.id, account.workspace), wrote, owner=owner_outside(tx, account))


def _status(tx: Tx, account: Account, status: Status) -> None:
    dispatching.report(tx, account.id, status)
    if status.templates:
        defer(tx, "channels.tend", key=account.id, account_id=account.id)
    arrived = status.delivery in (Delivery.DELIVERED, Delivery.READ)
    if not (arrived or status.unreachable or status.no_marketing or status.holder_changed):
        return
    used = dispatching.recipient_of(tx, account.id, status.provider_id, status.correlation)
    whom = [one for one in dict.fromkeys((status.to, used)) if one is not None]
    if arrived:
        mark_reached(tx, whom)
    if status.no_marketing:
        until = tx.now + status.no_marketing_for if status.no_marketing_for is not None else None
        marketing.stop(tx, whom, status.at, status.reason or "", until)
    for one in whom if status.holder_changed else ():
        names = [name for name in (status.provider_id, status.correlation) if name]
        holding.refuse(tx, one, next((entry for name in names if (entry := dispatching.named(tx, account.id, name))), None))
    for one in whom if status.unreachable else ():
        mark_unreachable(tx, one, status.reason or "", status.code or "")


def _reaction(tx: Tx, account: Account, reaction: Reaction) -> None:
    target = dispatching.named(tx, account.id, reaction.target) or reaction.target
    known = amending.react(tx, account.id, target, reaction.sender.value, reaction.emoji, reaction.at)
    if known and reaction.opens_window:
        amending.open_window(tx, account.id, target, reaction.at)


def _rated(tx: Tx, account: Account, rated: Rated) -> None:
    answer = dispatching.named(tx, account.id, rated.target)
    if answer is not None and feedback.is_answer(tx, answer):
        by = Actor.contact(recognise(tx, rated.sender, source=rated.target))
        feedback.rate(tx, answer, "up" if rated.helped else "down", by)


def _edited(tx: Tx, account: Account, edited: Edited) -> None:
    amending.edit(tx, account.id, edited.provider_id, edited.text, edited.at)


def _identity_changed(tx: Tx, account: Account, changed: IdentityChanged) -> None:
    became(tx, changed.old, changed.new, changed.at, changed.evidence)
    if changed.left is not None:
        doubt(tx, changed.left, changed.at, "The customer has another number; this one may get a new holder.")


def _doubted(tx: Tx, account: Account, doubted: Doubted) -> None:
    """Told to people where they talk with the customer."""
    if doubt(tx, doubted.who, doubted.at, doubted.reason, all_of_them=True):
        note_wish(tx, Place(account.id, account.workspace), doubted.who, doubted.reason)


def _keyed(tx: Tx, account: Account, told: Keyed) -> None:
    """Another key than the customer's is a doubt about who writes."""
    others = [one for one in told.who if holding.seen(tx, one, told.key, told.at)]
    if others:
        _doubted(tx, account, Doubted(others[0], told.at, told.reason))


def _listed(tx: Tx, account: Account, found: Listed) -> None:
    listed(tx, found.who, found.name, found.at)


def _advertising(tx: Tx, account: Account, told: Advertising) -> None:
    if told.wanted:
        marketing.resume(tx, told.who, told.at)
    else:
        marketing.stop(tx, told.who, told.at, told.reason)


def _template(tx: Tx, account: Account, told: TemplateState) -> None:
    """A template that nobody knows here, or whose content changed, is fetched with the whole list."""
    if not note_state(tx, account.id, told):
        defer(tx, "channels.tend", key=account.id, account_id=account.id)


def _notice(tx: Tx, account: Account, notice: Notice) -> None:
    if notice.over:
        attention.settled(tx, account.id, notice.code)
        return
    if notice.lasting or not notice.broken:
        attention.note(tx, account.id, notice.code, notice.text, notice.cure)
    if notice.broken:
        attention.raise_trouble(tx, account.id, notice.code, notice.text, notice.cure)


def _nothing(tx: Tx, account: Account, ignored: Ignored) -> None:
    """Understood, and nothing to do."""


_VERBS: Mapping[type, Callable[[Tx, Account, Any], None]] = {
    Inbound: _message,
    Echo: _echo,
    Status: _status,
    Reaction: _reaction,
    Rated: _rated,
    Edited: _edited,
    IdentityChanged: _identity_changed,
    Doubted: _doubted,
    Keyed: _keyed,
    Listed: _listed,
    Advertising: _advertising,
    Control: control,
    TemplateState: _template,
    Notice: _notice,
    Ignored: _nothing,
}
