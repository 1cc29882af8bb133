"""REST: when the agent answers, and the questions that the gate is fitted to."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.kit.database import Tx
from firstline.knowledge import answering
from firstline.knowledge.answering import Known
from firstline.knowledge.calibration import FEWEST, Judged, Share, rates
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1/knowledge", tags=["Knowledge"])


class OwnQuestion(BaseModel):
    """A question with what answers it."""

    question: str
    source_id: str | None = Field(default=None, description="The source that answers it; none if nothing does.")


class OwnQuestions(BaseModel):
    questions: list[OwnQuestion] = Field(max_length=5_000)
    origin: str = Field(default="list", description="list, trial, conversation or review.")
    fit: bool = Field(default=True, description="Whether the gate is fitted at once.")


class Thresholds(BaseModel):
    """The probability from which on the agent answers, by channel family."""

    thresholds: dict[str, float]


def _share(share: Share) -> dict[str, Any]:
    return {"value": share.value, "low": share.low, "high": share.high, "of": share.of}


def _shown(tx: Tx) -> dict[str, Any]:
    fit = answering.last_fit(tx)
    judged: list[Judged] = answering.judged(fit) if fit is not None else []
    families = {}
    for family, threshold in answering.thresholds(tx).items():
        found = rates(judged, threshold) if judged else None
        families[family] = {
            "threshold": threshold,
            "answered_though_not_covered": _share(found.wrong) if found else None,
            "covered_yet_not_answered": _share(found.missed) if found else None,
        }
    everything, known = answering.counted(tx)
    fitted = {"at": fit.at, "questions": fit.questions} if fit is not None else None
    return {"families": families, "fitted": fitted, "questions": everything, "with_source": known, "needed": FEWEST}


@router.get("/answering")
async def show_answering(store: Store, by: Caller) -> dict[str, Any]:
    """Thresholds with both error rates, as far as the gate was fitted to own questions."""
    by.require(Permission.EDIT_AGENT)
    return await store.tx(_shown)


@router.put("/answering")
async def set_answering(body: Thresholds, store: Store, by: Caller) -> dict[str, Any]:
    """Set thresholds; families that are not named keep theirs."""

    def act(tx: Tx) -> dict[str, Any]:
        answering.set_thresholds(tx, body.thresholds, by=by)
        return _shown(tx)

    return await store.tx(act)


@router.get("/answering/questions")
async def list_questions(store: Store, by: Caller, cursor: str | None = None, limit: Limit = 50) -> dict[str, Any]:
    """The company's own questions, newest first."""
    by.require(Permission.EDIT_AGENT)
    rows = await store.tx(lambda tx: answering.questions(tx, after=cursor, limit=limit + 1))
    names = ("id", "question", "source_id", "origin", "language", "created_at")
    items = [{name: getattr(row, name) for name in names} for row in rows[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("/answering/questions", status_code=201)
async def add_questions(body: OwnQuestions, store: Store, by: Caller) -> dict[str, Any]:
    """Add questions with the source that answers each; at least fifty with a source are needed for a fit."""

    def act(tx: Tx) -> dict[str, Any]:
        wanted = [Known(one.question, one.source_id) for one in body.questions]
        new = answering.add_questions(tx, wanted, by=by, origin=body.origin)
        if body.fit:
            answering.fit(tx, by=by)
        return {"new": new}

    return await store.tx(act)


@router.delete("/answering/questions/{question_id}", status_code=204)
async def remove_question(question_id: str, store: Store, by: Caller) -> None:
    """Remove a question; it counts until the gate is fitted again."""
    await store.tx(lambda tx: answering.remove_questions(tx, [question_id], by=by))


@router.post("/answering/fit", status_code=202)
async def fit_gate(store: Store, by: Caller) -> dict[str, Any]:
    """Fit the gate to the questions there are, as a job."""
    await store.tx(lambda tx: answering.fit(tx, by=by))
    return {"state": "queued"}
