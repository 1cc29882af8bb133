"""When the agent answers: the company's own questions that the gate is fitted to, and a threshold for each channel family."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.ids import new_id
from firstline.kit.jobs import defer
from firstline.knowledge.calibration import Judged
from firstline.knowledge.languages import language_of
from firstline.knowledge.rules import LONGEST_QUESTION, checked_text
from firstline.knowledge.tables import answering, gate_fit, known_question, source
from firstline.people import audit
from firstline.people.rules import Actor

FAMILIES = ("chat", "messaging", "email", "call")
PRESET = 0.6
"""Probability from which on an answer is given, unless a channel says otherwise."""
LEAST, MOST = 0.05, 0.99
MOST_QUESTIONS = 5_000
ORIGINS = ("list", "trial", "conversation", "review")


@dataclass(frozen=True)
class Known:
    """A question and the source that answers it; None where nothing does."""

    question: str
    source_id: str | None


def threshold_of(tx: Tx, family: str) -> float:
    """The probability from which on the agent answers on a channel of this family."""
    found = tx.scalar(select(answering.c.threshold).where(answering.c.family == family))
    return PRESET if found is None else float(found)


def thresholds(tx: Tx) -> dict[str, float]:
    """Every family's threshold."""
    chosen = {row.family: float(row.threshold) for row in tx.rows(select(answering))}
    return {family: chosen.get(family, PRESET) for family in FAMILIES}


def set_thresholds(tx: Tx, wanted: dict[str, float], *, by: Actor) -> dict[str, float]:
    """Set the thresholds of some families; they hold from the next answer on.

    :raises Invalid: naming the family that there is not, or whose threshold is out of bounds.
    """
    by.require_agent_editor()
    before = thresholds(tx)
    for family, threshold in wanted.items():
        if family not in FAMILIES:
            raise Invalid(f"There is no channel family “{family[:40]}”; there are {', '.join(FAMILIES)}.", field=family[:40])
        if not LEAST <= threshold <= MOST:
            message = f"{threshold:g} is no threshold: choose one from {LEAST} (answers nearly always) to {MOST} (hardly ever)."
            raise Invalid(message, field=family)
        values = pg_insert(answering).values(family=family, threshold=threshold)
        tx.execute(values.on_conflict_do_update(index_elements=["family"], set_={"threshold": threshold}))
    after = thresholds(tx)
    if after != before:
        audit.record(tx, by, "answering.changed", "answering", before=before, after=after)
    return after


def add_questions(tx: Tx, wanted: Sequence[Known], *, by: Actor, origin: str = "list") -> int:
    """Add questions with the source that answers each; those known already get the new source. Returns how many are new.

    :raises Invalid: naming the line whose question is empty or too long, or whose source there is not.
    """
    by.require_agent_editor()
    if origin not in ORIGINS:
        raise Invalid(f"“{origin[:40]}” is no origin of questions; there are {', '.join(ORIGINS)}.", field="origin")
    sources = {row.id for row in tx.rows(select(source.c.id))}
    held = tx.scalar(select(func.count()).select_from(known_question)) or 0
    if held + len(wanted) > MOST_QUESTIONS:
        raise Invalid(f"There would be more than {MOST_QUESTIONS:,} questions; {held:,} are there already.", field="questions")
    rows: dict[str, dict[str, Any]] = {}
    for line, one in enumerate(wanted, 1):
        try:
            question = " ".join(checked_text(one.question, "question", LONGEST_QUESTION).split())
        except Invalid as wrong:
            raise Invalid(f"Line {line}: {wrong}", field="questions") from None
        if one.source_id is not None and one.source_id not in sources:
            raise Invalid(f"Line {line}: there is no source {one.source_id[:60]}.", field="questions")
        values = {"question": question, "source_id": one.source_id, "origin": origin, "created_by": by.id, "created_at": tx.now}
        rows[question.casefold()] = {"id": new_id("knq"), "language": (language_of(question) or "en")[:12], **values}
    if not rows:
        return 0
    added = pg_insert(known_question).on_conflict_do_update(
        index_elements=[func.lower(known_question.c.question)],
        set_={"source_id": pg_insert(known_question).excluded.source_id},
    )
    tx.execute(added, list(rows.values()))
    now = tx.scalar(select(func.count()).select_from(known_question)) or 0
    audit.record(tx, by, "answering.questions_added", origin, after={"questions": len(rows), "new": now - held})
    return int(now - held)


def remove_questions(tx: Tx, ids: Sequence[str] | None, *, by: Actor) -> None:
    """Remove questions, all of them with None; the gate follows with the next fit."""
    by.require_agent_editor()
    chosen = delete(known_question) if ids is None else delete(known_question).where(known_question.c.id.in_(ids))
    gone = tx.rows(chosen.returning(known_question.c.id))
    if not gone and ids:
        raise NotFound(f"There is no question {ids[0][:60]}.")
    audit.record(tx, by, "answering.questions_removed", "answering", after={"questions": len(gone)})


def fit(tx: Tx, *, by: Actor) -> None:
    """Ask for a fit of the gate to the questions there are."""
    by.require_agent_editor()
    audit.record(tx, by, "answering.fit", "answering")
    defer(tx, "knowledge.calibrate", key="all")


def questions(tx: Tx, *, after: str | None = None, limit: int = 50) -> Sequence[Row[Any]]:
    """Questions with the titles of their sources, newest first."""
    query = select(known_question, source.c.title).join(source, source.c.id == known_question.c.source_id, isouter=True)
    if after:
        query = query.where(known_question.c.id < after)
    return tx.rows(query.order_by(known_question.c.id.desc()).limit(limit))


def counted(tx: Tx) -> tuple[int, int]:
    """How many questions there are, and for how many of them a source is known."""
    row = tx.row(
        select(func.count().label("all"), func.count(known_question.c.source_id).label("known")).select_from(known_question)
    )
    return (row.all, row.known) if row else (0, 0)


def last_fit(tx: Tx) -> Row[Any] | None:
    """The fit in use, if one is."""
    return tx.row(select(gate_fit).order_by(gate_fit.c.at.desc(), gate_fit.c.id.desc()).limit(1))


def judged(fitted: Row[Any]) -> list[Judged]:
    """What the questions left out of a fit got."""
    return [Judged(float(one["probability"]), bool(one["covered"])) for one in fitted.judged]


def read_list(tx: Tx, body: str) -> list[Known]:
    """A list as people have it: one question a line, then a tab, semicolon or comma and the source's id, title or address.

    A line without a source is a question that nothing answers. A first line that begins with *question* is a heading.
    :raises Invalid: naming the line whose source is not known.
    """
    first = body.lstrip("\ufeff").split("\n", 1)[0]
    mark = next((one for one in "\t;," if one in first), ",")
    named: dict[str, str] = {}
    for held in tx.rows(select(source.c.id, source.c.title, source.c.url)):
        named |= {one.strip().casefold(): held.id for one in (held.id, held.title, held.url) if one}
    found = []
    for number, row in enumerate(csv.reader(io.StringIO(body.lstrip("\ufeff").replace("\0", "")), delimiter=mark), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].casefold() == "question"):
            continue
        wanted = cells[1].casefold() if len(cells) > 1 else ""
        if wanted and wanted not in named:
            raise Invalid(
                f"Line {number}: no source is called “{cells[1][:80]}”. Use its title, its address or its id.", field="list"
            )
        found.append(Known(cells[0], named.get(wanted)))
    return found
