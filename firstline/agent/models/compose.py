"""An answer made of the content's own sentences: the best ones, whole, in their order, each with its source. Pure.

The fitness of a unit is its nearness to the question in meaning and words, plus how well its passage was ranked; a unit
that only points elsewhere is no answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firstline.agent.models.base import Segment
from firstline.agent.models.lexicon import base, words_of
from firstline.agent.models.units import Shape, Unit, units_of
from firstline.knowledge.rules import EntryKind, Hit
from firstline.knowledge.words import STOP, stem

Vectors = NDArray[np.float32]

PASSAGES = 4
"""Passages that an answer is chosen from."""
NEAR = 0.5
"""Units this much below the best one are shown beside it."""
MOST = 3
"""Sentences of an answer; a list counts as one."""
WORDS = 80
"""Words from which on no further unit is added, and up to which an approved answer is shown whole."""
EMBEDDED = 14
"""Units whose meaning is looked at, after a first choice by words."""

_WORD = re.compile(r"[^\W_]+(?:['’.-](?=[^\W_])[^\W_]+)*")
_POINTS = re.compile(
    r"^(?:see|read|more (?:on|about|in)|details|for (?:more|details)|how (?:that|this|it) works|siehe|mehr (?:dazu|in)|voir|plus d'|ver|más en|vedi|zie|veja|zobacz)\b"
    r"|\b(?:is|are|explains?) (?:in|under) [A-Z“\[][^.]{0,60}\.?$",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^(?:it|they|them|this|that|these|those|then|otherwise|but|however|also|so|there|if not|if so|in that case|in this case|for this|after that"
    r"|er|sie|es|dies|diese|das|dann|sonst|aber|auch|dafür|danach|il|elle|ils|elles|cela|ce|ceci|ensuite|sinon|mais|eso|esto|después|pero|también"
    r"|questo|poi|ma|anche|dit|dat|daarna|maar|ook|isso|isto|depois|mas|também|to|potem|ale|też)\b",
    re.IGNORECASE,
)


class Embedded(Protocol):
    """What an embedder gives: a vector of unit length, and one for each token."""

    @property
    def vector(self) -> Vectors:
        """The text's vector."""
        ...

    @property
    def tokens(self) -> Vectors:
        """The vectors of its tokens, n × d."""
        ...


class Meaning(Protocol):
    """Turns a text into vectors; :class:`firstline.knowledge.embedding.Embedder` is one."""

    def embed(self, text: str) -> Embedded:
        """Embed one text."""
        ...


@dataclass(frozen=True)
class Fit:
    """A unit and how well it answers."""

    unit: Unit
    score: float


def compose(
    question: str, hits: Sequence[Hit], language: str, meaning: Meaning | None = None, told: Sequence[str] = ()
) -> tuple[Segment, ...]:
    """The best answer that passages hold; empty if they hold none that was not said already.

    :param told: what the agent said before: sentences in it are not said again.
    """
    if not hits:
        return ()
    if (whole := _approved(hits[0], told)) is not None:
        return whole
    best = hits[0].score
    fits = fitting(question, hits[:PASSAGES], language, meaning, best)
    fits = [fit for fit in fits if not _said(fit.unit.text, told)]
    if not fits:
        return ()
    return _segments(_leaning(_chosen(fits), fits))


def _approved(hit: Hit, told: Sequence[str]) -> tuple[Segment, ...] | None:
    """A short approved answer, whole."""
    if hit.kind is not EntryKind.FAQ:
        return None
    text = "\n".join(unit.text for unit in units_of(hit) if unit.shape is not Shape.SENTENCE) and hit.text
    text = text or " ".join(unit.text for unit in units_of(hit))
    if not text or len(text.split()) > WORDS or _said(text, told):
        return None
    return (_segment(hit, text, block=False),)


def fitting(question: str, hits: Sequence[Hit], language: str, meaning: Meaning | None, best: float) -> list[Fit]:
    """Every unit of some passages with its fitness, best first."""
    wanted = terms(question, language)
    found = [Fit(unit, _by_words(wanted, unit, language) + 0.5 * (hit.score - best)) for hit in hits for unit in units_of(hit)]
    found = [fit for fit in found if not _POINTS.search(fit.unit.text)] or found
    found.sort(key=lambda fit: -fit.score)
    if meaning is not None:
        asked = meaning.embed(question)
        found = [Fit(fit.unit, fit.score * 0.3 + _by_meaning(asked, meaning, fit.unit)) for fit in found[:EMBEDDED]]
        found.sort(key=lambda fit: -fit.score)
    return found


def terms(text: str, language: str) -> tuple[str, ...]:
    """The stems of a text's telling words, each once."""
    stop = words_of(language).stop | STOP if base(language) == "en" else words_of(language).stop
    words = (found.group().lower() for found in _WORD.finditer(text))
    return tuple(dict.fromkeys(stem(word, language) for word in words if word not in stop))


def _by_words(wanted: Sequence[str], unit: Unit, language: str) -> float:
    if not wanted:
        return 0.0
    here, above = set(terms(unit.text, language)), set(terms(f"{unit.heading} {unit.head}", language))
    shares = [1.0 if one in here else 0.6 if one in above else 0.0 for one in wanted]
    return sum(shares) / len(wanted) * (1.2 if unit.shape is Shape.ROW and here & set(wanted) else 1.0)


def _by_meaning(asked: Embedded, meaning: Meaning, unit: Unit) -> float:
    made = meaning.embed(unit.scored)
    if not len(made.tokens) or not len(asked.tokens):
        return 0.0
    return float(asked.vector @ made.vector) + 2 * float((asked.tokens @ made.tokens.T).max(axis=1).mean())


def _chosen(fits: Sequence[Fit]) -> list[Unit]:
    """The best unit and those near it, up to three and some eighty words."""
    first = fits[0]
    chosen = [first.unit]
    words = len(first.unit.text.split())
    for fit in fits[1:]:
        if len(chosen) == MOST or fit.score < first.score - NEAR:
            break
        more = len(fit.unit.text.split())
        if words + more <= WORDS and not (fit.unit.shape is Shape.LIST and chosen[0].shape is Shape.LIST):
            chosen.append(fit.unit)
            words += more
    return chosen


def _leaning(chosen: Sequence[Unit], fits: Sequence[Fit]) -> list[Unit]:
    """With each sentence that leans on the one before it (*it takes …*) that one too; then in the order of the content."""
    by_place = {(fit.unit.hit.passage_id, fit.unit.place): fit.unit for fit in fits}
    by_place |= {(one.hit.passage_id, one.place): one for unit in chosen for one in units_of(unit.hit)}
    wanted: dict[tuple[str, int], Unit] = {}
    for unit in chosen:
        key = (unit.hit.passage_id, unit.place)
        wanted[key] = unit
        before = by_place.get((unit.hit.passage_id, unit.place - 1))
        leans = unit.shape is Shape.SENTENCE and _LEANS.match(unit.text)
        if leans and before is not None and before.shape is Shape.SENTENCE and before.heading == unit.heading:
            wanted[unit.hit.passage_id, before.place] = before
    order = list(dict.fromkeys(unit.hit.passage_id for unit in chosen))
    return sorted(wanted.values(), key=lambda unit: (order.index(unit.hit.passage_id), unit.place))


def _segments(units: Sequence[Unit]) -> tuple[Segment, ...]:
    """One segment for each run of sentences of a passage; lists and rows begin a paragraph of their own."""
    made: list[Segment] = []
    before: Unit | None = None
    for unit in units:
        block = before is not None and (unit.shape is Shape.LIST or before.shape is Shape.LIST or unit.hit.page_id != before.hit.page_id)
        if made and before is not None and not block and unit.hit.passage_id == before.hit.passage_id:
            last = made.pop()
            made.append(_segment(unit.hit, f"{last.text} {unit.text}", block=last.block))
        else:
            made.append(_segment(unit.hit, unit.text, block=block))
        before = unit
    return tuple(made)


def _segment(hit: Hit, text: str, *, block: bool) -> Segment:
    return Segment(text.strip(), (hit.passage_id,), (hit.passage_id,) if hit.citable else (), block=block)


def _said(text: str, told: Sequence[str]) -> bool:
    plain = " ".join(text.split())
    return any(plain in " ".join(one.split()) for one in told)
