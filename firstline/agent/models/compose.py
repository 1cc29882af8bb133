"""An answer made of the content's own sentences: the best ones, whole, in their order, each with its source. Pure.

The fitness of a unit is its nearness to the question in meaning and words, plus how well its passage was ranked; a unit
that only points elsewhere is no answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firstline.agent.models.base import Segment
from firstline.agent.models.lexicon import base, words_of
from firstline.agent.models.meaning import Embedded, Meaning, Vectors
from firstline.agent.models.rivals import meant
from firstline.agent.models.units import Shape, Unit, units_of
from firstline.knowledge.rules import EntryKind, Hit
from firstline.knowledge.words import STOP, stem

PASSAGES = 4
"""Passages that an answer is chosen from."""
NEAR = 0.35
"""Units this much below the best one are shown beside it."""
ELSEWHERE = 0.2
"""What a unit of another page must be better by to be shown beside the best one."""
PUBLIC = 0.3
"""What a private passage's score must be higher by than a public one's to be used: it informs and cannot be cited."""
MOST = 3
"""Sentences of an answer; a list counts as one."""
WORDS = 80
"""Words from which on no further unit is added, and up to which an approved answer is shown whole."""
AROUND = 50
"""Words up to which the paragraph around the best sentence is shown: a sentence alone loses what it speaks of."""
EMBEDDED = 10
"""Texts whose meaning is looked at, after a first choice by words. Twice as many found no more of the facts that were asked for
(68 of 100, ``bench/more_questions.toml``) and took twice the time."""

_WORD = re.compile(r"[^\W_]+(?:['’.-](?=[^\W_])[^\W_]+)*")
_POINTS = re.compile(
    r"^(?i:see|read|more (?:on|about|in)|details|for (?:more|details)|how (?:that|this|it) works|siehe|mehr (?:dazu|in)"
    r"|voir|plus d'|ver|más en|vedi|zie|veja|zobacz)\b"
    r"|\b(?:is|are|explains?) (?:in|under) [A-Z“\[][^.]{0,60}\.?$"
)
_LEANS = re.compile(
    r"^(?:it|they|them|this|that|these|those|then|otherwise|but|however|also|so|there|if not|if so|in that case|in this case"
    r"|for this|after that"
    r"|er|sie|es|dies|diese|das|dann|sonst|aber|auch|dafür|danach|il|elle|ils|elles|cela|ce|ceci|ensuite|sinon|mais|eso|esto"
    r"|después|pero|también|questo|poi|ma|anche|dit|dat|daarna|maar|ook|isso|isto|depois|mas|também|to|potem|ale|też)\b",
    re.IGNORECASE,
)


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
    used = _usable(hits)
    if not used:
        return ()
    if (whole := _approved(used[0], told)) is not None:
        return whole
    fits = fitting(question, used[:PASSAGES], language, meaning)
    fits = [fit for fit in fits if not _said(fit.unit.text, told)]
    if not fits:
        return ()
    return _segments(_leaning(_chosen(fits, terms(question, language), language)))


def _usable(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Public passages; a private one only alone, where it fits clearly better than every public one."""
    public = [hit for hit in hits if hit.citable]
    if not public or (hits and hits[0].score > public[0].score + PUBLIC):
        return hits[:1]
    return public


def _approved(hit: Hit, told: Sequence[str]) -> tuple[Segment, ...] | None:
    """A short approved answer, whole."""
    if hit.kind is not EntryKind.FAQ:
        return None
    units = units_of(hit)
    text = ("\n" if any(unit.shape is not Shape.SENTENCE for unit in units) else " ").join(unit.text for unit in units)
    if not text or len(text.split()) > WORDS or _said(text, told):
        return None
    return (_segment(hit, text, block=False),)


def fitting(question: str, hits: Sequence[Hit], language: str, meaning: Meaning | None) -> list[Fit]:
    """Every unit of some passages with its fitness, best first."""
    wanted, best = terms(question, language), max(hit.score for hit in hits)
    units = [unit for hit in hits for unit in units_of(hit)]
    named = meant(question, units)
    ranked = [(unit, 0.5 * (unit.hit.score - best) + named.weight(unit)) for unit in units]
    ranked = [(unit, rank) for unit, rank in ranked if not _POINTS.search(unit.text)] or ranked
    found = [Fit(unit, _by_words(wanted, unit, language) + rank) for unit, rank in ranked]
    found.sort(key=lambda fit: -fit.score)
    if meaning is None:
        return found
    asked = meaning.embed(question)
    weights = _weights(question, asked, language)
    looked_at: list[Fit] = []
    left = EMBEDDED
    for fit in found:
        left -= len(fit.unit.parts)
        if left < 0 and looked_at:
            break
        near = max(_by_meaning(asked, weights, meaning.embed(part)) for part in fit.unit.parts)
        looked_at.append(Fit(fit.unit, 0.3 * fit.score + near + 0.35 * (fit.unit.hit.score - best) + named.weight(fit.unit)))
    return sorted(looked_at, key=lambda fit: -fit.score)


def terms(text: str, language: str) -> tuple[str, ...]:
    """The stems of a text's telling words, each once."""
    stop = words_of(language).stop | STOP if base(language) == "en" else words_of(language).stop
    words = (found.group().lower() for found in _WORD.finditer(text))
    return tuple(dict.fromkeys(stem(word, language) for word in words if word not in stop))


def _by_words(wanted: Sequence[str], unit: Unit, language: str) -> float:
    if not wanted:
        return 0.0
    here, above = set(terms(unit.text, language)), set(terms(f"{unit.heading} {unit.head}", language))
    return sum(1.0 if one in here else 0.6 if one in above else 0.0 for one in wanted) / len(wanted)


def _weights(question: str, asked: Embedded, language: str) -> Vectors:
    """What each token of the question counts: little for words that say nothing of the subject."""
    stop = words_of(language).stop | STOP
    words = [question[start:end].lower() for start, end in asked.offsets]
    return np.array([0.05 if word in stop or not word.isalnum() else 1.0 for word in words], np.float32)


def _by_meaning(asked: Embedded, weights: Vectors, made: Embedded) -> float:
    if not len(made.tokens) or not len(asked.tokens):
        return 0.0
    best = (asked.tokens @ made.tokens.T).max(axis=1)
    return float(asked.vector @ made.vector) + 2 * float(best @ weights / weights.sum())


def _chosen(fits: Sequence[Fit], wanted: Sequence[str], language: str) -> list[Unit]:
    """The best unit with what stands around it, and those near it, up to three and some eighty words."""
    first = fits[0]
    chosen = _around(first.unit)
    words = sum(len(unit.text.split()) for unit in chosen)
    most_told = _told_by(first.unit, wanted, language)
    for fit in fits[1:]:
        if len(chosen) >= MOST or fit.score < first.score - NEAR:
            break
        unit = fit.unit
        elsewhere = unit.hit.page_id != first.unit.hit.page_id and fit.score < first.score - ELSEWHERE
        second_list = unit.shape is Shape.LIST and any(one.shape is Shape.LIST for one in chosen)
        lesser_row = unit.shape is Shape.ROW and _told_by(unit, wanted, language) < most_told
        more = len(unit.text.split())
        if unit not in chosen and words + more <= WORDS and not (elsewhere or second_list or lesser_row):
            chosen.append(unit)
            words += more
    return chosen


def _around(unit: Unit) -> list[Unit]:
    """A sentence with its neighbours in the paragraph: all of a short one, else those after it as far as there is room."""
    if unit.shape is not Shape.SENTENCE:
        return [unit]
    paragraph = [one for one in units_of(unit.hit) if one.block == unit.block and one.shape is Shape.SENTENCE]
    if len(paragraph) <= MOST and sum(len(one.text.split()) for one in paragraph) <= AROUND:
        return paragraph
    at = paragraph.index(unit)
    taken = [unit]
    room = AROUND - len(unit.text.split())
    for one in paragraph[at + 1 : at + MOST]:
        room -= len(one.text.split())
        if room < 0:
            break
        taken.append(one)
    return taken


def _told_by(unit: Unit, wanted: Sequence[str], language: str) -> int:
    """How many of the wanted words a unit has itself; of a table only the rows that have most are shown."""
    return len(set(wanted) & set(terms(unit.text.partition(":")[0] if unit.shape is Shape.ROW else unit.text, language)))


def _leaning(chosen: Sequence[Unit]) -> list[Unit]:
    """With each sentence that leans on the one before it (*it takes …*) that one too; then in the order of the content."""
    wanted: dict[tuple[str, int], Unit] = {}
    for unit in chosen:
        wanted[unit.hit.passage_id, unit.place] = unit
        if unit.shape is not Shape.SENTENCE or not unit.place or not _LEANS.match(unit.text):
            continue
        before = units_of(unit.hit)[unit.place - 1]
        if before.shape is Shape.SENTENCE and before.heading == unit.heading:
            wanted[unit.hit.passage_id, before.place] = before
    order = list(dict.fromkeys(unit.hit.passage_id for unit in chosen))
    return sorted(wanted.values(), key=lambda unit: (order.index(unit.hit.passage_id), unit.place))


def _segments(units: Sequence[Unit]) -> tuple[Segment, ...]:
    """One segment for each run of sentences of a passage; lists and rows begin a paragraph of their own."""
    made: list[Segment] = []
    before: Unit | None = None
    for unit in units:
        lists = before is not None and Shape.LIST in (unit.shape, before.shape)
        block = lists or (before is not None and unit.hit.page_id != before.hit.page_id)
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
