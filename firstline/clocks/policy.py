"""After how long what happens, for each channel family: the settings, with defaults that suit most."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from firstline.kit.errors import Invalid

LONGEST = 60 * 24 * 90
"""Minutes: ninety days."""

Minutes = Annotated[int, Field(ge=1, le=LONGEST)]


class Policy(BaseModel):
    """Minutes of each wait; a step that is None never happens."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    agent: Minutes = Field(description="The agent has not answered: people get the conversation.")
    tell: Minutes | None = Field(description="Nobody of the people has answered: the customer is told, once.")
    reassign: Minutes | None = Field(description="The teammate who has it has not answered: somebody else gets it.")
    alert: Minutes = Field(description="People have not answered: the conversation is overdue, and managers see it.")
    alert_again: Minutes = Field(description="It is still not answered: it is said again.")
    remind: Minutes | None = Field(description="The customer is silent, with the agent: a reminder.")
    close: Minutes = Field(description="The customer is silent, with the agent: the conversation is closed.")
    follow_up: Minutes = Field(description="The customer is silent, with people: whoever has it is reminded.")
    close_people: Minutes | None = Field(description="The customer is silent, with people: the conversation is closed.")
    business_hours: bool = Field(default=True, description="Whether waiting for people counts in business hours only.")

    mail: bool = Field(default=True, description="Whether managers are told by mail when a conversation becomes overdue.")

    @model_validator(mode="after")
    def _in_order(self) -> "Policy":
        if self.remind is not None and self.remind >= self.close:
            raise ValueError(f"the reminder after {self.remind} minutes comes before closing after {self.close}")
        return self


_HOUR, _DAY = 60, 60 * 24
_CHAT = Policy(agent=3, tell=2, reassign=5, alert=10, alert_again=_HOUR, remind=None, close=15, follow_up=_DAY, close_people=None)

DEFAULTS: Mapping[str, Policy] = {
    "chat": _CHAT,
    "messaging": Policy(
        agent=10,
        tell=15,
        reassign=30,
        alert=_HOUR,
        alert_again=4 * _HOUR,
        remind=None,
        close=_DAY,
        follow_up=3 * _DAY,
        close_people=None,
    ),
    "email": Policy(
        agent=20,
        tell=None,
        reassign=4 * _HOUR,
        alert=8 * _HOUR,
        alert_again=_DAY,
        remind=None,
        close=3 * _DAY,
        follow_up=5 * _DAY,
        close_people=None,
    ),
    "call": Policy(
        agent=1, tell=None, reassign=1, alert=2, alert_again=30, remind=None, close=5, follow_up=_DAY, close_people=None
    ),
}
"""By channel family."""

FAMILY_NAMES = {"chat": "Chat", "messaging": "Messaging", "email": "Email", "call": "Calls"}


def default_of(family: str) -> Policy:
    """The default of a family; an unknown one has that of chat."""
    return DEFAULTS.get(family, _CHAT)


def checked(family: str, values: Mapping[str, Any]) -> Policy:
    """The policy of a family with these values changed.

    :raises Invalid: naming the first field that is wrong.
    """
    if family not in DEFAULTS:
        raise Invalid(f"There is no channel family “{family[:40]}”. Families are {', '.join(DEFAULTS)}.", field="family")
    try:
        return Policy.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else None
        name = f"{field}: " if field else ""
        raise Invalid(f"{name}{first['msg'].removeprefix('Value error, ')}", field=field) from None
