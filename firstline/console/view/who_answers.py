"""Who answers?, as it is shown."""

from dataclasses import dataclass

from firstline.console.parts_week import Week


@dataclass(frozen=True)
class Looked:
    """One reason, in the order it was looked at; ``holds`` is False for what stopped the agent."""

    text: str
    holds: bool


@dataclass(frozen=True)
class Told:
    """Who would get a new conversation at a time, and why."""

    who: str
    is_agent: bool
    channel: str
    when: str
    reasons: tuple[Looked, ...]
    change: str


@dataclass(frozen=True)
class Coming:
    """The next fourteen days of one deployment."""

    id: str
    account_id: str
    name: str
    address: str
    icon: str
    hours: str
    strip: Week
    now: Told


@dataclass(frozen=True)
class WhoAnswers:
    """The whole screen. ``told`` answers what was asked."""

    agent: str
    coming: tuple[Coming, ...]
    channels: tuple[tuple[str, str], ...]
    channel: str
    at: str
    told: Told | None
    error: str = ""
