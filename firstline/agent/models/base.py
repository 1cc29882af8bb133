"""The port of every thinker: what it is given, what it may ask for, and what it gives back.

A thinker decides nothing that matters by itself: its draft is checked against the evidence, fenced and committed by the
turn. Everything here is frozen and free of I/O, so a situation can be built by hand in a test and a draft compared.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from firstline.agent.actions.inputs import Input
from firstline.agent.rules import Profile
from firstline.channels.base import Capabilities
from firstline.knowledge.rules import Found
from firstline.people.rules import ActorKind


@dataclass(frozen=True)
class Said:
    """One message of the conversation.

    ``cited`` are the titles of the sources that an answer of the agent named, ``offered`` what it offered to choose from.
    ``own`` is what of the text its sender wrote, where it holds what others did (a forwarded mail).
    """

    by: ActorKind
    text: str
    at: datetime
    seq: int
    cited: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    own: str | None = None

    @property
    def words(self) -> str:
        """What the sender wrote themselves."""
        return self.text if self.own is None else self.own


@dataclass(frozen=True)
class KnownContact:
    """What the agent may know of the customer. ``facts`` are permitted properties by their label."""

    name: str | None = None
    email: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Searched:
    """What the knowledge holds on one question. ``covered`` is the gate's probability that it holds the answer, 0 to 1."""

    question: str
    found: Found
    covered: float


@dataclass(frozen=True)
class Guidance:
    """A published guideline that may matter now: ``condition`` is empty where it always holds."""

    id: str
    section: str
    text: str
    condition: str = ""


@dataclass(frozen=True)
class Deed:
    """An action that a model may propose: when, and the inputs that a customer gives."""

    name: str
    when: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Situation:
    """Everything a thinker looks at.

    ``new`` are the customer's messages to answer, ``history`` what was said before them in this engagement, oldest first.
    ``searched`` is the search for the new messages. ``language`` is the language of the conversation.
    ``people_available`` says whether a person could answer now. ``seconds`` is the time there is to think. ``objections``
    are what the evidence check found in the last draft, where a second one is asked for; ``without_model`` asks for the
    built-in answerer. ``answer_from`` is the probability of the gate from which on content is given as the answer.
    """

    agent: Profile
    new: tuple[Said, ...]
    history: tuple[Said, ...]
    contact: KnownContact
    searched: Searched
    capabilities: Capabilities
    language: str
    now: datetime
    people_available: bool
    agent_id: str = ""
    turn_id: str = ""
    guidelines: tuple[Guidance, ...] = ()
    deeds: tuple[Deed, ...] = ()
    objections: tuple[str, ...] = ()
    without_model: bool = False
    seconds: float = 24.0
    answer_from: float = 0.6

    @property
    def text(self) -> str:
        """The new messages as one text."""
        return "\n".join(said.text.strip() for said in self.new if said.text.strip())


@dataclass(frozen=True)
class Reason:
    """Why something was decided: a code for the program, a sentence for people (AN8)."""

    code: str
    text: str


@dataclass(frozen=True)
class Segment:
    """A piece of a reply.

    ``passages`` are the ids of the passages it was drawn from, ``cites`` those of them that may be named to the customer
    (private sources inform and are never cited). ``own`` marks the product's own words: they state nothing about the
    company. ``block`` begins a new paragraph.
    """

    text: str
    passages: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    own: bool = False
    block: bool = False


@dataclass(frozen=True)
class Option:
    """One choice of a clarifying question, as the customer reads it."""

    label: str


@dataclass(frozen=True)
class Brief:
    """What the next person needs to know of a conversation (HO7). Lists hold one statement each."""

    wants: str
    known: tuple[str, ...]
    tried: tuple[str, ...]
    promised: tuple[str, ...]
    open_questions: tuple[str, ...]
    language: str
    mood: str


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What every draft carries: why, how sure (0 to 1), in which language it is written, which guidelines it confirms."""

    reasons: tuple[Reason, ...]
    confidence: float = 1.0
    language: str = "en"
    guidelines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reply(Drafted):
    """An answer, or a courtesy."""

    decision: ClassVar[Literal["answer"]] = "answer"
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The reply as the customer reads it, without marks for its sources."""
        return join(self.segments)

    @property
    def cites(self) -> tuple[str, ...]:
        """The ids of the passages it names, each once, in order."""
        return tuple(dict.fromkeys(one for segment in self.segments for one in segment.cites))


@dataclass(frozen=True, kw_only=True)
class Clarify(Drafted):
    """One question back. ``options`` may be shown as buttons; ``text`` can be read without them."""

    decision: ClassVar[Literal["clarify"]] = "clarify"
    text: str
    options: tuple[Option, ...] = ()
    asks: str = ""
    """What of the customer is asked for, where a channel may have a button for it (:mod:`firstline.channels.asking`)."""


@dataclass(frozen=True, kw_only=True)
class HandOff(Drafted):
    """Give the conversation to people. ``reason`` is the first of ``reasons``; ``text`` goes before the code's own message."""

    decision: ClassVar[Literal["handoff"]] = "handoff"
    reason: Reason
    brief: Brief
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Act(Drafted):
    """Ask for an action; the turn checks whether it is allowed, runs it once, and thinks again."""

    decision: ClassVar[Literal["act"]] = "act"
    action: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class StayQuiet(Drafted):
    """Say nothing, on purpose."""

    decision: ClassVar[Literal["quiet"]] = "quiet"


Draft = Reply | Clarify | HandOff | Act | StayQuiet


@dataclass(frozen=True)
class Call:
    """One call of a model, for the trace: which one, what became of it, what it took. ``micros`` are millionths of money."""

    model: str
    outcome: str
    ms: int
    first_ms: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    micros: int = 0
    said: str = ""


@dataclass(frozen=True)
class Part:
    """A step of thinking as it happens: words that may be shown while they come, and at the end the draft.

    ``thinker`` is who drafted it where that is not the thinker asked, ``again`` whether a second draft may be asked for,
    ``calls`` what models were asked.
    """

    text: str = ""
    draft: Draft | None = None
    thinker: str = ""
    again: bool = False
    calls: tuple[Call, ...] = ()


class Tools(Protocol):
    """What a thinker may ask for while it thinks."""

    async def search(self, question: str) -> Searched:
        """Look up one more question, with the same permissions as the first search."""
        ...

    async def recall(self, step: str) -> Mapping[str, Any] | None:
        """What an earlier run of this turn kept of a step before it broke off: it is not done, and not paid, again."""
        ...

    async def keep(self, step: str, data: Mapping[str, Any], ms: int) -> None:
        """Keep a finished step; where a model was paid, ``data["use"]`` says what."""
        ...


class Thinker(Protocol):
    """One way to think. ``name`` stands in the trace."""

    name: str

    def think(self, situation: Situation, tools: Tools) -> AsyncIterator[Part]:
        """Think about a situation; the last part carries the draft."""
        ...


def join(segments: tuple[Segment, ...]) -> str:
    """The segments as one text: blocks as paragraphs, the rest as sentences in a row."""
    text = ""
    for segment in segments:
        if text:
            text += "\n\n" if segment.block else " "
        text += segment.text.strip()
    return text
