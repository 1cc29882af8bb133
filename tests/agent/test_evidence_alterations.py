"""True answers from the demo help centre, and the same answers with one fact changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from firstline.agent.evidence import Evidence, examine
from firstline.agent.facts.dates import _weekday_names
from firstline.agent.facts.reading import Kind, facts
from firstline.agent.models.units import Shape, units_of
from firstline.demo.world import read_world
from firstline.knowledge.rules import Access, EntryKind, Hit

NAMES = {
    "Leipzig": "Dresden",
    "PayPal": "Stripe",
    "Samira": "Katja",
    "Jonas": "Florian",
    "Switzerland": "Iceland",
    "Bikeflex": "Velopro",
}
MONTHS = ("January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Answer:
    """One true answer: a sentence of an article, with the article as its evidence."""

    text: str
    evidence: Evidence


def _answers() -> list[Answer]:
    found = []
    for article in read_world().articles:
        passage = f"{article.title}\n{article.plain}"
        evidence = Evidence((passage,), ("Veloria", "Velo"))
        hit = Hit("psg", "pag", "src", article.title, None, article.plain, EntryKind.PASSAGE, Access.PUBLIC, 1.0)
        found += [Answer(unit.text, evidence) for unit in units_of(hit) if unit.shape is not Shape.LIST]
    return found


ANSWERS = _answers()


def _other_digits(written: str, evidence: str) -> str | None:
    """The same number with another value that the evidence does not hold."""
    digits = re.search(r"\d+", written)
    if digits is None:
        return None
    for step in (7, 13, 29, 31, 57):
        value = str(int(digits[0]) + step)
        if not re.search(rf"(?<!\d){value}(?!\d)", evidence):
            return written[: digits.start()] + value + written[digits.end() :]
    return None


def _alterations() -> Iterator[tuple[str, str, Evidence]]:
    """Kind of change, changed answer, evidence."""
    for answer in ANSWERS:
        evidence = answer.evidence.passages[0]
        for fact in facts(answer.text):
            changed = None
            if fact.kind in (Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.DURATION, Kind.CODE, Kind.PHONE, Kind.LINK):
                changed = _other_digits(fact.written, evidence)
            if fact.kind is Kind.DATE and (month := next((one for one in MONTHS if one in fact.written), None)):
                changed = next((fact.written.replace(month, one) for one in MONTHS if one not in evidence), None)
            if fact.kind is Kind.WEEKDAY and fact.written.lower() in _weekday_names():
                changed = next((one for one in DAYS if one not in evidence and "to" not in answer.text), None)
            if (
                fact.kind is Kind.TIME
                and (hour := re.match(r"\d+", fact.written))
                and f"{(int(hour[0]) + 5) % 24}:" not in evidence
            ):
                changed = f"{(int(hour[0]) + 5) % 24:02}{fact.written[hour.end() :]}"
            if fact.kind is Kind.EMAIL:
                changed = "wrong." + fact.written
            if fact.kind is Kind.LINK:
                changed = fact.written + "/elsewhere"
            if changed is not None and changed != fact.written:
                end = fact.start + len(fact.written)
                yield fact.kind.value, answer.text[: fact.start] + changed + answer.text[end:], answer.evidence
        for name, other in NAMES.items():
            if name in answer.text and other not in evidence:
                yield "name", answer.text.replace(name, other), answer.evidence


def test_several_hundred_answers_are_looked_at() -> None:
    assert len(ANSWERS) > 800
    assert sum(bool(facts(answer.text)) for answer in ANSWERS) > 500


@pytest.mark.promise("AN1")
def test_true_answers_stand() -> None:
    alarms = [answer.text for answer in ANSWERS if not examine(answer.text, answer.evidence).stands]
    assert len(alarms) <= 0.02 * len(ANSWERS), alarms[:20]


@pytest.mark.promise("AN1")
def test_a_changed_number_price_date_link_or_name_is_caught() -> None:
    changes = list(_alterations())
    assert len(changes) > 800
    missed = [(kind, text) for kind, text, evidence in changes if examine(text, evidence).stands]
    assert len(missed) <= 0.01 * len(changes), missed[:20]
    kinds = {"number", "money", "percent", "duration", "date", "weekday", "time", "name", "email", "code", "phone", "link"}
    assert {kind for kind, _, _ in changes} == kinds
