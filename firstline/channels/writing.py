"""Writing to a customer as their channel allows: what could not be delivered is refused before it is written (CH8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from firstline.channels import accounts, asking
from firstline.channels.base import Account, Capabilities, Channel, Template, capabilities_of
from firstline.channels.claiming import last_heard_at, recipient
from firstline.channels.confirming import WAITS
from firstline.channels.control.queries import held_elsewhere
from firstline.channels.planning import why_not
from firstline.channels.splitting import MEASURES, split
from firstline.channels.templating import queries as templates
from firstline.channels.windows import Window, window
from firstline.contacts import holding
from firstline.contacts.marketing import stopped
from firstline.contacts.reaching import unreachable
from firstline.contacts.rules import NUMBERS, Identity
from firstline.contacts.tables import identity
from firstline.conversations import queries, replying
from firstline.conversations.ownership import require_workspace
from firstline.conversations.rules import Attachment, Conversation, Entry
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.people.rules import Actor

SHOWN = Capabilities(text_limit=20_000)
"""For conversations whose account is gone: they can be read."""


@dataclass(frozen=True)
class Desk:
    """What a composer has to know before anybody writes."""

    can: Capabilities
    window: Window
    sentence: str
    """Empty, or how long the window stays open, or why it is closed and what helps."""
    templates: Sequence[Template]
    connected: bool = True
    warnings: tuple[str, ...] = ()
    """What does not forbid writing and should be known before: a dead address, another program that has the word."""
    confirms: str = ""
    """Why a message was refused that goes out once somebody has confirmed who the customer is; empty if none was."""
    asks_phone: bool = False
    """Nobody knows the customer's phone number, and a button can ask for it now."""


@dataclass(frozen=True)
class Chosen:
    """A template with its values."""

    name: str
    language: str
    variables: tuple[str, ...] = ()


def desk_of(tx: Tx, channels: Mapping[str, Channel], found: Conversation) -> Desk:
    """What can be written in a conversation now."""
    try:
        account = accounts.which(tx, found.channel_account_id)
        channel = channels[account.kind]
    except (NotFound, KeyError):
        return Desk(SHOWN, Window(False), "The channel account was removed; nothing can be sent on it.", (), connected=False)
    can = capabilities_of(channel, account)
    now = window(can, last_heard_at(tx, found.contact_id, account.id), tx.now)
    to = recipient(tx, found.id, found.contact_id, account.id)
    known = templates.sendable(tx, account.id) if can.window_cure == "template" else ()
    offered = [one for one in known if not templates.held_back(tx, one, to)]
    warnings = _warnings(tx, account, to, some_held=len(offered) < len(known))
    asks = now.open and can.asks_phone and not _number_known(tx, found.contact_id)
    confirms = WAITS if holding.is_refused(tx, found.contact_id, account.id) else ""
    return Desk(can, now, now.sentence(tx.now), offered, warnings=warnings, confirms=confirms, asks_phone=asks)


def _warnings(tx: Tx, account: Account, to: Identity | None, *, some_held: bool) -> tuple[str, ...]:
    if to is None:
        return ()
    said = []
    if dead := unreachable(tx, to):
        said.append(f"The last message could not be delivered: {dead.reason} A message from the customer takes this back.")
    if held := held_elsewhere(tx, account.id, to):
        said.append(f"{held.reason}. Your reply takes the conversation back.")
    if some_held and (stop := stopped(tx, to)):
        said.append(f"{stop.reason} Marketing templates are not offered.")
    return tuple(said)


def reply(
    tx: Tx,
    channels: Mapping[str, Channel],
    conversation_id: str,
    text: str,
    by: Actor,
    *,
    client_id: str | None = None,
    attachments: Sequence[Attachment] = (),
    template: Chosen | None = None,
    asks_phone: bool = False,
) -> Entry:
    """A teammate's reply.

    :param asks_phone: with a button by which the customer gives their phone number; without words, ours are said.
    :raises Conflict: with the cure, if the reply window is closed. :raises Invalid: if the channel cannot carry it.
    """
    found = queries.which(tx, conversation_id)
    require_workspace(tx, found, by)
    desk = desk_of(tx, channels, found)
    if not desk.connected:
        raise Conflict(desk.sentence)
    data: dict[str, Any] = {}
    if template is not None:
        if desk.can.window_cure != "template":
            raise Invalid("This channel has no templates.", field="template")
        if attachments:
            raise Invalid("A template carries no files. Send them once the customer has answered.", field="attachments")
        chosen = templates.checked(tx, found.channel_account_id, template.name, template.language, template.variables)
        to = recipient(tx, found.id, found.contact_id, found.channel_account_id)
        if no := templates.held_back(tx, chosen, to):
            raise Conflict(no)
        text = _filled(chosen, template)
        data["template"] = {"name": template.name, "language": template.language, "variables": list(template.variables)}
    elif not desk.window.open:
        raise Conflict(desk.sentence)
    elif asks_phone:
        _asks(desk, attachments)
        data["asks"] = asking.PHONE
        text = text.strip() or asking.words(found.language)
    _carries(desk.can, text, attachments)
    if not template and by.name:
        data["by_name"] = by.name
    return replying.reply(tx, conversation_id, text, by, client_id=client_id, attachments=attachments, data=data)


def capabilities_in(tx: Tx, channels: Mapping[str, Channel], channel_account_id: str) -> tuple[Account, Capabilities] | None:
    """What the account of a conversation can do; None if it was removed or its channel is not installed."""
    try:
        account = accounts.which(tx, channel_account_id)
        return account, capabilities_of(channels[account.kind], account)
    except (NotFound, KeyError):
        return None


def _number_known(tx: Tx, contact_id: str) -> bool:
    i = identity.c
    known = exists().where(i.contact_id == contact_id, i.kind.in_([kind.value for kind in NUMBERS]))
    return bool(tx.scalar(select(known)))


def _asks(desk: Desk, attachments: Sequence[Attachment]) -> None:
    if not desk.can.asks_phone:
        raise Invalid("This channel has no button that asks for a phone number.", field="asks")
    if not desk.asks_phone:
        raise Conflict("The customer's phone number is known already.")
    if attachments:
        raise Invalid(
            "A message that asks for the phone number carries no files. Send them with another one.", field="attachments"
        )


def _carries(can: Capabilities, text: str, attachments: Sequence[Attachment]) -> None:
    size = MEASURES[can.text_unit](text)
    if size > can.text_limit and not can.splits:
        raise Invalid(f"The message has {size:,} {can.text_unit}; this channel takes {can.text_limit:,}.", field="text")
    if can.splits and len(split(text, can.text_limit, can.text_unit)) > 10:
        raise Invalid("The message would go out in more than ten parts. Shorten it, or attach it as a file.", field="text")
    carried = [file for file in attachments if not why_not(file, can)]
    if len(carried) > can.media_count:
        raise Invalid(f"This channel takes {can.media_count} files a message; these are {len(carried)}.", field="attachments")


def _filled(template: Template, chosen: Chosen) -> str:
    text = template.text
    for number, value in enumerate(chosen.variables, 1):
        text = text.replace(f"{{{{{number}}}}}", value)
    return text
