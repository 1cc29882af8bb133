"""When the agent hands over, what follows, and what the customer is told (HO1, HO3, HO4): the settings and their decisions. Pure.

Three triggers always hold: the customer asks for a person, the content does not cover the question, the agent cannot run.
Words, phrases and topics may be added. What follows is one of three outcomes, chosen apart for when somebody is available and
when not.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from firstline.agent.handoff_topics import TOPICS, Topic
from firstline.agent.models.lexicon import base, words_only
from firstline.agent.phrases import say

Outcome = Literal["now", "later", "keep"]
OUTCOMES: tuple[Outcome, ...] = ("now", "later", "keep")

MESSAGE = 1_000
"""Characters of one message to the customer."""
WORDS = 100
"""Words and phrases that may be listed."""

NEVER_KEPT = frozenset({"asked_for_person", "unable", "by_teammate"})
"""Reasons with which the conversation always leaves the agent: a person was asked for, or the agent cannot speak."""

Phrase = Annotated[str, Field(min_length=1, max_length=80)]
Message = Annotated[str, Field(max_length=MESSAGE)]
Tag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class HandoffSettings(BaseModel):
    """One place for all channels: when people take over, who, what follows, and what the customer is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    destination: dict[str, Any] | None = Field(
        default=None,
        description="Who gets what the agent hands over, as {kind, ids}; null: the deployment's fallback assignment.",
    )
    off_destination: dict[str, Any] | None = Field(
        default=None,
        description="Who gets new conversations while the agent is off or out of credits; null: the fallback assignment.",
    )
    words: tuple[Phrase, ...] = Field(
        default=(),
        max_length=WORDS,
        description="Words and phrases with which the agent hands over at once, whatever the content says.",
    )
    topics: tuple[Topic, ...] = Field(
        default=(),
        max_length=TOPICS,
        description="Topics in plain language, each with messages of customers as examples, with which the agent hands over.",
    )
    when_available: Outcome = Field(
        default="now",
        description="What follows while somebody is available: now (a person takes over), later (moved to the help desk for a "
        "later answer), keep (the agent keeps the conversation and leaves a note).",
    )
    when_away: Outcome = Field(default="later", description="What follows while nobody is available.")
    messages: dict[Outcome, dict[Tag, Message]] = Field(
        default_factory=dict,
        description="Own words for an outcome, by language; the standard text in the customer's language where there are none.",
    )
    message_always: bool = Field(
        default=False,
        description="Whether the message is also sent on channels where a handoff is normally silent, such as email.",
    )

    @field_validator("words")
    @classmethod
    def _with_letters(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        kept = {words_only(word): " ".join(word.split()) for word in words}
        if "" in kept:
            raise ValueError(f"“{kept['']}” has no letters or digits")
        return tuple(kept.values())

    @field_validator("messages")
    @classmethod
    def _said(cls, messages: dict[Outcome, dict[str, str]]) -> dict[Outcome, dict[str, str]]:
        spoken = {outcome: {tag: text.strip() for tag, text in own.items() if text.strip()} for outcome, own in messages.items()}
        return {outcome: own for outcome, own in spoken.items() if own}


def trigger_in(text: str, words: tuple[str, ...]) -> str | None:
    """The listed word or phrase that a text holds, as it was listed; None without one.

    Case, accents and punctuation do not count. A word counts as a whole word, except in scripts without spaces.
    """
    if not words:
        return None
    listed, pattern = _pattern(words)
    found = pattern.search(words_only(text))
    return listed[found.lastindex - 1] if found and found.lastindex else None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    longest_first = tuple(sorted(words, key=len, reverse=True))
    return longest_first, re.compile("|".join(f"({_bounded(words_only(word))})" for word in longest_first))


def _bounded(plain: str) -> str:
    spaced = all(ord(letter) < 0x0E00 or 0x1E00 <= ord(letter) < 0x2000 for letter in plain)
    return rf"(?<!\S){re.escape(plain)}(?!\S)" if spaced else re.escape(plain)


def outcome_of(settings: HandoffSettings, code: str, *, available: bool) -> Outcome:
    """What follows a handoff with this reason. Who asks for a person is never kept by the agent."""
    chosen = settings.when_available if available else settings.when_away
    if chosen == "keep" and code in NEVER_KEPT:
        return "now" if available else "later"
    return chosen


def told(settings: HandoffSettings, outcome: Outcome, language: str, personality: str, otherwise: str, *, available: bool) -> str:
    """What the customer is told: the company's words in the customer's language, else the product's in it.

    :param available: whether somebody is. Without anybody the product's own words promise no person *now*, whatever follows.
    :param otherwise: the account's language: its own words are better than the product's English where neither speaks the
        customer's.
    """
    own: Mapping[str, str] = settings.messages.get(outcome, {})
    by_base = {base(tag): text for tag, text in own.items()}
    exact = own.get(language) or by_base.get(base(language))
    if exact:
        return exact
    key = "handoff.later" if outcome == "now" and not available else f"handoff.{outcome}"
    standard = say(key, language, personality)
    known = standard != say(key, "en", personality) or base(language) == "en"
    return standard if known else by_base.get(base(otherwise), standard)
