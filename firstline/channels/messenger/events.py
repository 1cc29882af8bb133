"""One event of ``messaging`` or ``standby`` → happenings. The kind is told by the key that is there. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firstline.channels.graph.config import secrets_of
from firstline.channels.graph.content import Content, with_choice
from firstline.channels.graph.reading import instant, items, mapping, number, plain, word
from firstline.channels.happenings import Control, Echo, Edited, Happening, Ignored, Inbound, Notice, Rated, Reaction, Status
from firstline.channels.messenger.config import MessengerConfig
from firstline.channels.messenger.content import content_of
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import Delivery

INBOX = "Somebody in Meta's inbox"
_EMOJI = {"love": "❤", "smile": "😆", "angry": "😠", "sad": "😢", "wow": "😮", "like": "👍", "dislike": "👎"}


@dataclass(frozen=True)
class Page:
    """The account whose deliveries are read."""

    account_id: str
    config: MessengerConfig

    def person(self, value: Any) -> Identity:
        """A customer, by the id that holds for this page only.

        :raises ValueError: if there is none.
        """
        said = word(mapping(value).get("id"), 200)
        if not said:
            raise ValueError("nothing says who it is")
        kind = IdentityKind.INSTAGRAM if self.config.is_instagram else IdentityKind.PAGE_SCOPED
        return Identity(
            kind, said, self.account_id, verified=True, evidence=f"a message on {self.config.platform.value.capitalize()}"
        )


@dataclass(frozen=True)
class Event:
    """One item, with what all kinds have."""

    page: Page
    item: Mapping[str, Any]
    at: datetime
    standby: bool

    @property
    def customer(self) -> Identity:
        """The one of the two who is not the page."""
        sender = mapping(self.item.get("sender"))
        mine = word(sender.get("id"), 200) in self.page.config.own_ids
        return self.page.person(self.item.get("recipient") if mine else sender)

    def name(self, kind: str) -> str:
        """An id for what comes without one: the same event has the same."""
        body = json.dumps(self.item.get(kind), sort_keys=True, default=str)
        said = f"{word(mapping(self.item.get('sender')).get('id'), 200)}|{self.at.timestamp()}|{kind}|{body}"
        return "event:" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:40]


def happened(page: Page, item: Any, *, standby: bool) -> tuple[Happening, ...]:
    """What one item says.

    :raises ValueError: if it is broken.
    """
    if not isinstance(item, dict):
        raise ValueError("an event is an object")
    kind = next((key for key in _READERS if key in item), None)
    if kind is None:
        return (Ignored(f"Event with {', '.join(sorted(word(key, 40) for key in item))[:200]}"),)
    content = item[kind]
    if not isinstance(content, dict) and kind != "app_roles":
        raise ValueError(f"{kind} is no object")
    return _READERS[kind](Event(page, item, instant(item.get("timestamp")), standby))


def _message(event: Event) -> tuple[Happening, ...]:
    message = event.item["message"]
    mid = word(message.get("mid"), 400)
    if message.get("is_deleted") is True and mid:
        return (Edited(mid, None, event.at),)
    if message.get("is_echo") is True:
        return (_echo(event, message, mid),)
    if message.get("is_self") is True:
        return (Ignored("A message of the account to itself"),)
    content = content_of(message)
    quoted = word(mapping(message.get("reply_to")).get("mid"), 400) or None
    return (_inbound(event, mid or event.name("message"), content, quoted),)


def _inbound(event: Event, id: str, content: Content, quoted: str | None = None) -> Inbound:
    return Inbound(
        event.customer,
        content.text,
        id,
        at=event.at,
        data=with_choice(content, secrets_of(event.page.config)),
        attachments=content.attachments,
        standby=event.standby,
        reply_to=quoted,
    )


def _echo(event: Event, message: Mapping[str, Any], mid: str) -> Happening:
    """With our own app id it is our message, and was sent; else a person wrote, or another program."""
    if not mid:
        raise ValueError("an echo without an id")
    metadata, app = word(message.get("metadata"), 1000) or None, word(message.get("app_id"), 40)
    to = event.page.person(event.item.get("recipient"))
    if app and app == event.page.config.app_id:
        return Status(Delivery.SENT, event.at, mid, metadata, to=to)
    content = content_of(message)
    return Echo(to, content.text, mid, event.at, correlation=metadata, attachments=content.attachments, by_name=INBOX)


def _postback(event: Event) -> tuple[Happening, ...]:
    postback = event.item["postback"]
    payload = word(postback.get("payload"), 1000)
    data = {"choice_id": payload, "type": "postback"}
    if referral := mapping(postback.get("referral")):
        data["referral"] = plain(referral)
    content = Content(word(postback.get("title"), 300) or payload or "(tapped a button)", data)
    return (_inbound(event, word(postback.get("mid"), 400) or event.name("postback"), content),)


def _reaction(event: Event) -> tuple[Happening, ...]:
    reaction = event.item["reaction"]
    taken = word(reaction.get("action"), 20) == "unreact"
    emoji = word(reaction.get("emoji"), 40) or _EMOJI.get(word(reaction.get("reaction"), 20), "👍")
    target = word(reaction.get("mid"), 400)
    name = event.name("reaction")
    return (Reaction(event.customer, target, None if taken else emoji, name, event.at, opens_window=not taken),)


def _feedback(event: Event) -> tuple[Happening, ...]:
    """The thumbs that Meta shows below our messages while we get this event: *Good response* or *Bad response*."""
    given = event.item["response_feedback"]
    said, target = word(given.get("feedback"), 40).lower(), word(given.get("mid"), 400)
    if not target or not said.startswith(("good", "bad")):
        return (Ignored("Feedback that says nothing"),)
    return (Rated(event.customer, target, said.startswith("good"), event.at),)


def _delivery(event: Event) -> tuple[Happening, ...]:
    """Up to the watermark everything is delivered, whether the ids are named or not."""
    delivery, who = event.item["delivery"], event.customer
    named = [word(mid, 400) for mid in items(delivery.get("mids"))]
    found: list[Happening] = [Status(Delivery.DELIVERED, event.at, mid, to=who) for mid in named if mid]
    if number(delivery.get("watermark")):
        found.append(Status(Delivery.DELIVERED, event.at, up_to=instant(delivery.get("watermark")), to=who))
    return tuple(found) or (Ignored("A delivery that names nothing"),)


def _read(event: Event) -> tuple[Happening, ...]:
    read, who = event.item["read"], event.customer
    if mid := word(read.get("mid"), 400):
        return (Status(Delivery.READ, event.at, mid, to=who),)
    if not number(read.get("watermark")):
        return (Ignored("A read that names nothing"),)
    return (Status(Delivery.READ, event.at, up_to=instant(read.get("watermark")), to=who),)


def _edit(event: Event) -> tuple[Happening, ...]:
    edit = event.item["message_edit"]
    mid = word(edit.get("mid"), 400)
    if not mid:
        raise ValueError("an edit that does not say of which message")
    return (Edited(mid, word(edit.get("text")), event.at),)


def _order(event: Event) -> tuple[Happening, ...]:
    return (_inbound(event, event.name("order"), Content("Order", {"type": "order"})),)


def _policy(event: Event) -> tuple[Happening, ...]:
    policy = event.item["policy_enforcement"]
    action, reason = word(policy.get("action"), 40), word(policy.get("reason"), 300)
    if action == "unblock":
        return (Notice("messenger:policy", "Meta lifted the restriction.", "Nothing has to be done.", broken=False, over=True),)
    text = f"Meta {'blocked' if action == 'block' else 'warned'} the page: {reason or 'no reason given'}."
    return (Notice("messenger:policy", text, "Open the page's support inbox at Meta.", action == "block", lasting=True),)


def _control(event: Event) -> tuple[Happening, ...]:
    """The thread was passed or taken. Who has it now may not be said: then it is not ours."""
    kind = next(key for key in ("pass_thread_control", "take_thread_control") if key in event.item)
    owner = word(event.item[kind].get("new_owner_app_id"), 40)
    if owner and owner == event.page.config.app_id:
        return (Control(event.customer, True, event.at, "The thread came back to Firstline"),)
    who = app_name(event.page.config, owner)
    return (Control(event.customer, False, event.at, f"{who} has the thread with this customer now", holder=owner),)


def _wish(event: Event) -> tuple[Happening, ...]:
    """Another app asks the one that has the thread for it."""
    asks = word(event.item["request_thread_control"].get("requested_owner_app_id"), 40)
    who = app_name(event.page.config, asks)
    reason = f"{who} asks for this conversation. Let them have it in Meta's inbox, or go on here."
    return (Control(event.customer, True, event.at, reason, holder=asks, asked=True),)


def _roles(event: Event) -> tuple[Happening, ...]:
    """Which apps get customers' messages first. As a secondary one we get them on standby until a thread is passed."""
    mine = event.item["app_roles"].get(event.page.config.app_id) if isinstance(event.item["app_roles"], dict) else None
    if mine is None:
        return (Ignored("Roles of other apps"),)
    first = "primary_receiver" in [word(one, 40) for one in items(mine)]
    text = "Firstline is a secondary receiver of this page: another app gets customers' messages first."
    cure = "Make Firstline the default app in the page's settings at Meta, if the agent is to answer first."
    return (Notice("messenger:role", text, cure, broken=False, over=first),)


def app_name(config: MessengerConfig, app_id: str) -> str:
    """Another app, for people."""
    if app_id in config.inbox_ids:
        return INBOX
    return f"Another app ({app_id})" if app_id else "Another app"


def _nothing(event: Event) -> tuple[Happening, ...]:
    known = next(key for key in _READERS if key in event.item)
    return (Ignored(f"Event {known}"),)


_READERS: Mapping[str, Callable[[Event], tuple[Happening, ...]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "message_edit": _edit,
    "order": _order,
    "policy_enforcement": _policy,
    "pass_thread_control": _control,
    "take_thread_control": _control,
    "request_thread_control": _wish,
    "app_roles": _roles,
    "optin": _nothing,
    "account_linking": _nothing,
    "response_feedback": _feedback,
    "referral": _nothing,
}
