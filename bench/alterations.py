"""True sentences with their article as evidence, and the same sentences with one fact changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bench.data import FOLDER, lines
from firstline.agent.evidence import Evidence
from firstline.agent.facts.names import names
from firstline.agent.facts.reading import Kind, facts
from firstline.agent.models.units import Shape, units_of
from firstline.demo.world import read_world
from firstline.knowledge.rules import Access, EntryKind, Hit

CENTRES = ("duckduckgo", "plausible", "chatwoot")
MONTHS = ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December")
OTHER_NAMES = ("Katja", "Velopro", "Iceland", "Stripe", "Dresden")
NUMERIC = (Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.DURATION, Kind.CODE, Kind.PHONE)


@dataclass(frozen=True)
class Answer:
    """One true answer: a sentence of an article, with the article as its evidence."""

    text: str
    evidence: Evidence


def answers() -> list[Answer]:
    """Sentences of the demo company's help centre and, where the public sets are there, of three real ones."""
    articles = [(one.title, one.plain, ("Veloria", "Velo")) for one in read_world().articles]
    for centre in CENTRES:
        if (FOLDER / "helpcenter_kbs").is_dir():
            found = lines(f"helpcenter_kbs/{centre}.jsonl")
            articles += [(one["title"], one["text"], (centre.capitalize(), "")) for one in found]
    made = []
    for title, text, own in articles:
        evidence = Evidence((f"{title}\n{text}",), own)
        hit = Hit("psg", "pag", "src", title, None, text[:6_000], EntryKind.PASSAGE, Access.PUBLIC, 1.0)
        made += [Answer(unit.text, evidence) for unit in units_of(hit) if unit.shape is Shape.SENTENCE and len(unit.text) < 400]
    return made


def altered(one: Answer) -> Iterator[tuple[str, str]]:
    """Kind of change, and the sentence with that one change."""
    evidence = one.evidence.passages[0]
    for fact in facts(one.text):
        changed = _changed(fact.kind, fact.written, evidence)
        if changed is not None and changed != fact.written:
            yield fact.kind.value, one.text[: fact.start] + changed + one.text[fact.start + len(fact.written) :]
    for name in names(one.text, "en"):
        other = next((new for new in OTHER_NAMES if new not in evidence), None)
        if other is not None and one.text.count(name.written) == 1 and one.text.find(name.written) > 0:
            yield "name", one.text.replace(name.written, other)


def _changed(kind: Kind, written: str, evidence: str) -> str | None:
    if kind in NUMERIC:
        return other_digits(written, evidence)
    if kind is Kind.DATE and (month := next((name for name in MONTHS if name in written), None)):
        return next((written.replace(month, name) for name in MONTHS if name not in evidence), None)
    if kind is Kind.LINK:
        return written + "/elsewhere"
    if kind is Kind.EMAIL:
        return "wrong." + written
    return None


def other_digits(written: str, evidence: str) -> str | None:
    """The same number with another value that the evidence does not hold."""
    digits = re.search(r"\d+", written)
    if digits is None or len(digits[0]) > 15:
        return None
    for step in (7, 13, 29, 31, 57):
        value = str(int(digits[0]) + step)
        if not re.search(rf"(?<!\d){value}(?!\d)", evidence):
            return written[: digits.start()] + value + written[digits.end() :]
    return None
