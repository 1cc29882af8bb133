"""Fitting the gate, as a job: every question is searched twice, once with its source withheld."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, insert, select, update

from firstline.kit.database import Database, Tx
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.knowledge.calibration import FEWEST, Example, Judged, fitted, left_out
from firstline.knowledge.finding import Finder
from firstline.knowledge.rules import Found, Query, SourceState
from firstline.knowledge.tables import gate_fit, knowledge_state, known_question, source


class Calibrating:
    """Fits the gate to the company's own questions."""

    def __init__(self, database: Database, finder: Finder) -> None:
        self.database = database
        self.finder = finder

    async def run(self) -> None:
        """Fit, and use the result from the next search on; with too few questions nothing changes."""
        questions = await self.database.tx(_questions)
        if sum(one.source_id is not None for one in questions) < FEWEST:
            await self.database.tx(_unfitted, len(questions))
            return
        examples = await self.database.thread(self.examples, questions)
        judged = await self.database.thread(left_out, examples)
        await self.database.tx(_use, len(questions), dict(fitted(examples)), judged)

    def examples(self, questions: Sequence[Row[Any]]) -> list[Example]:
        """Each question as it is, and with its source withheld; one without a source once."""
        made = []
        for number, one in enumerate(questions):
            query = Query(one.question, language=one.language)
            if one.source_id is None:
                made += _example(self.finder.find_now(query), number, covered=False)
                continue
            made += _example(self.finder.find_now(query), number, covered=True)
            withheld = Query(one.question, language=one.language, without=frozenset({one.source_id}))
            made += _example(self.finder.find_now(withheld), number, covered=False)
        return made


def _example(found: Found, number: int, *, covered: bool) -> list[Example]:
    """Nothing where nothing was found: there the gate has nothing to judge."""
    return [Example(found.signs, covered, number)] if found.signs else []


def _questions(tx: Tx) -> Sequence[Row[Any]]:
    """The questions whose sources can be found, in a stable order."""
    usable = (known_question.c.source_id.is_(None)) | (source.c.state == SourceState.READY)
    return tx.rows(
        select(known_question.c.id, known_question.c.question, known_question.c.language, known_question.c.source_id)
        .join(source, source.c.id == known_question.c.source_id, isouter=True)
        .where(usable)
        .order_by(known_question.c.id)
    )


def _use(tx: Tx, questions: int, weights: dict[str, float], judged: Sequence[Judged]) -> None:
    fit = new_id("fit")
    shown = [asdict(one) for one in judged]
    tx.execute(insert(gate_fit).values(id=fit, at=tx.now, questions=questions, weights=weights, judged=shown))
    tx.execute(update(knowledge_state).values(gate=weights))
    emit(tx, "gate.fitted", fit, questions=questions)


def _unfitted(tx: Tx, questions: int) -> None:
    """Questions were removed until too few are left: the gate goes back to what it comes with."""
    tx.execute(update(knowledge_state).values(gate=None))
    emit(tx, "gate.fitted", "preset", questions=questions)
