"""What a guideline is, what differs between two versions, and what may be said because of one: pure (ID2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

MOST = 200
"""Guidelines of one agent."""
SHOWN = 20
"""Guidelines that one prompt holds at most, the most important first."""


class Section(StrEnum):
    """The sections, in the order of the page."""

    TONE = "tone"
    RESPONSE_STYLE = "response_style"
    SCRIPTED_RESPONSE = "scripted_response"
    GUARDRAIL = "guardrail"
    CUSTOM = "custom"


FIXED = (Section.SCRIPTED_RESPONSE, Section.GUARDRAIL)
"""Sections whose text is said word for word. They work without a model."""

FAMILIES = ("chat", "messaging", "email", "call")
PRIORITIES = {"high": 0, "normal": 1, "low": 2}

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Guideline(BaseModel):
    """One rule of behaviour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: Section = Field(description="tone, response_style, scripted_response, guardrail or custom.")
    title: str = Field(max_length=80, description="What the team calls it.")
    text: str = Field(max_length=2_000, description="What to do; for scripted responses and guardrails, the words themselves.")
    condition: str = Field(default="", max_length=300, description="When it holds, in plain language; empty for always.")
    examples: tuple[Phrase, ...] = Field(default=(), max_length=40, description="What customers write when it holds.")
    counter_examples: tuple[Phrase, ...] = Field(default=(), max_length=40, description="What looks like it and is not.")
    words: tuple[Phrase, ...] = Field(default=(), max_length=40, description="Words and phrases that make it hold.")
    channels: tuple[Literal["chat", "messaging", "email", "call"], ...] = Field(
        default=(), description="Families of channels it holds on; empty for all."
    )
    priority: Literal["high", "normal", "low"] = Field(default="normal", description="Which of two that hold goes first.")
    enabled: bool = Field(default=True, description="Whether it takes part when published.")

    @field_validator("title", "text", "condition")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.strip()

    @model_validator(mode="after")
    def _complete(self) -> "Guideline":
        if not self.title:
            raise ValueError("give it a title, so that the team finds it again")
        if not self.text:
            raise ValueError("say what the agent is to do, or the words it is to say")
        if self.section in FIXED and self.always:
            raise ValueError(
                "a scripted response or guardrail needs a condition, examples or words: without one it would answer everything"
            )
        return self

    @property
    def always(self) -> bool:
        """Whether it holds whatever is said."""
        return not (self.condition or self.examples or self.words)

    @property
    def needs_model(self) -> bool:
        """Whether only a model can tell that it holds: it has a condition, but neither examples nor words."""
        return bool(self.condition) and not self.examples and not self.words


@dataclass(frozen=True)
class Known:
    """A guideline with its id; the id stays the same from version to version."""

    id: str
    guideline: Guideline

    def as_json(self) -> dict[str, Any]:
        """As versions keep it and REST shows it."""
        return {"id": self.id, **self.guideline.model_dump(mode="json")}


def known_in(document: Sequence[Mapping[str, Any]]) -> tuple[Known, ...]:
    """The guidelines of a version's document."""
    return tuple(
        Known(str(one["id"]), Guideline.model_validate({name: value for name, value in one.items() if name != "id"}))
        for one in document
    )


@dataclass(frozen=True)
class Match:
    """A guideline that may hold now. ``sure`` is what code alone may act on; ``how`` says why, for people."""

    known: Known
    score: float
    sure: bool
    how: str

    @property
    def guideline(self) -> Guideline:
        """The guideline itself."""
        return self.known.guideline


def takes_part(known: Known, family: str) -> bool:
    """Whether a guideline counts on a channel."""
    return known.guideline.enabled and (not known.guideline.channels or family in known.guideline.channels)


def in_order(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The most important first: guardrails, then by priority, then the surest."""

    def rank(match: Match) -> tuple[bool, int, bool, float]:
        one = match.guideline
        return one.section is not Section.GUARDRAIL, PRIORITIES[one.priority], not match.sure, -match.score

    return tuple(sorted(matches, key=rank))


def forced(matches: Sequence[Match]) -> Match | None:
    """The guardrail or scripted response that code says without asking a model, if one surely holds."""
    return next((one for one in in_order(matches) if one.sure and one.guideline.section in FIXED), None)


def confirmed(matches: Sequence[Match], ids: Sequence[str]) -> Match | None:
    """The guardrail or scripted response that a model confirmed."""
    return next((one for one in in_order(matches) if one.known.id in ids and one.guideline.section in FIXED), None)


def shown(matches: Sequence[Match]) -> tuple[Match, ...]:
    """What a model is told of."""
    return in_order(matches)[:SHOWN]


@dataclass(frozen=True)
class Difference:
    """What became of one guideline between two versions; ``fields`` are those that changed, before and after."""

    id: str
    kind: Literal["added", "removed", "changed"]
    section: Section
    title: str
    fields: tuple[tuple[str, Any, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As REST shows it."""
        fields = [{"field": name, "before": before, "after": after} for name, before, after in self.fields]
        return {"id": self.id, "kind": self.kind, "section": self.section, "title": self.title, "fields": fields}


def differences(before: Sequence[Known], after: Sequence[Known]) -> tuple[Difference, ...]:
    """What changed from one list to the other, in the order of the newer one; what went comes last."""
    old, new = {one.id: one.guideline for one in before}, {one.id: one.guideline for one in after}
    found: list[Difference] = []
    for key, now in new.items():
        if key not in old:
            found.append(Difference(key, "added", now.section, now.title, _fields(None, now)))
        elif old[key] != now:
            found.append(Difference(key, "changed", now.section, now.title, _fields(old[key], now)))
    gone = [Difference(key, "removed", was.section, was.title, _fields(was, None)) for key, was in old.items() if key not in new]
    return (*found, *gone)


def _fields(before: Guideline | None, after: Guideline | None) -> tuple[tuple[str, Any, Any], ...]:
    old = before.model_dump(mode="json") if before else {}
    new = after.model_dump(mode="json") if after else {}
    names = [name for name in Guideline.model_fields if old.get(name) != new.get(name) and (old.get(name) or new.get(name))]
    return tuple((name, old.get(name), new.get(name)) for name in names)
