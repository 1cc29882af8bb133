"""What else happens on a custom channel: a message is changed, taken back, reacted to; another program has the word.

The last are the control events of messengers that several programs share: *accepted* by or *passed* to another one is
``control.taken``, *released* or passed to us is ``control.returned``, a wish for the word is ``control.asked``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from firstline.channels.base import Account
from firstline.channels.custom.messages import Dated, Person, Short, at_most, person
from firstline.channels.happenings import Control, Edited, Happening, Reaction
from firstline.conversations.rules import MESSAGE_LIMIT

Kind = Literal["message.edited", "message.deleted", "message.reaction", "control.taken", "control.returned", "control.asked"]


class Named(Dated):
    """A message, named by the id it was published with, or by the channel's own id of one of ours."""

    message_id: Short


class Changed(Named):
    text: Annotated[str, Field(max_length=MESSAGE_LIMIT)]


class Reacted(Named):
    sender: Person
    emoji: Annotated[str, Field(max_length=16)] | None = Field(default=None, description="None takes the reaction back.")


class Word(Dated):
    """Who has the word with a customer."""

    customer: Person
    by: Annotated[str, Field(max_length=120)] = Field(default="", description="The other program, as people know it.")
    reason: Annotated[str, Field(max_length=300)] = ""


class Event(BaseModel):
    """An event as REST takes it."""

    account_id: Short
    type: Kind
    data: dict[str, Any]


def _edited(account: Account, data: Any, now: datetime) -> Happening:
    told = Changed.model_validate(data)
    return Edited(told.message_id, told.text, at_most(told.timestamp, now))


def _deleted(account: Account, data: Any, now: datetime) -> Happening:
    told = Named.model_validate(data)
    return Edited(told.message_id, None, at_most(told.timestamp, now))


def _reaction(account: Account, data: Any, now: datetime) -> Happening:
    told = Reacted.model_validate(data)
    at = at_most(told.timestamp, now)
    return Reaction(person(account, told.sender), told.message_id, told.emoji or None, f"{told.message_id} {at.isoformat()}", at)


def _control(kind: str) -> Callable[[Account, Any, datetime], Happening]:
    def read(account: Account, data: Any, now: datetime) -> Happening:
        told = Word.model_validate(data)
        other = told.by or "Another program"
        reason = (
            told.reason
            or {
                "taken": f"{other} has the word on {account.name}",
                "returned": f"{other} gave the word back on {account.name}",
                "asked": f"{other} asks for the word on {account.name}",
            }[kind]
        )
        ours = kind != "taken"
        at = at_most(told.timestamp, now)
        return Control(person(account, told.customer), ours, at, reason, "" if ours else told.by, asked=kind == "asked")

    return read


READERS: Mapping[str, Callable[[Account, Any, datetime], Happening]] = {
    "message.edited": _edited,
    "message.deleted": _deleted,
    "message.reaction": _reaction,
    "control.taken": _control("taken"),
    "control.returned": _control("returned"),
    "control.asked": _control("asked"),
}
