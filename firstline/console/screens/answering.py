"""Customer agent › Train › Answering: from when on the agent answers, what that costs, and fitting it to own questions."""

from functools import partial

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.answering import AnsweringPage, KnownLine, Threshold
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.words import _, mark
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, Refused
from firstline.knowledge import answering
from firstline.knowledge.calibration import FEWEST, Rates, Share, rates
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/customer-agent/answering"
NAMES = {"chat": mark("Chat"), "messaging": mark("Messaging"), "email": mark("Email"), "call": mark("Calls")}
ORIGINS = {"list": mark("List"), "trial": mark("Test case"), "conversation": mark("Conversation"), "review": mark("Review")}
PAGE = 25


def page(tx: Tx, reader: Reader, after: str = "", form: Form = BLANK) -> AnsweringPage:
    """The page."""
    reader.by.require(Permission.EDIT_AGENT)
    fit = answering.last_fit(tx)
    judged = answering.judged(fit) if fit is not None else []
    everything, known = answering.counted(tx)
    found = answering.questions(tx, after=after or None, limit=PAGE + 1)
    return AnsweringPage(
        thresholds=tuple(
            _threshold(family, value, rates(judged, value) if judged else None, form)
            for family, value in answering.thresholds(tx).items()
        ),
        fitted=reader.times.stamp(fit.at) if fit is not None else None,
        fitted_on=fit.questions if fit is not None else 0,
        questions=everything,
        known=known,
        fewest=FEWEST,
        lines=tuple(
            KnownLine(row.id, row.question, row.title or "", row.source_id or "", _(ORIGINS.get(row.origin, row.origin)))
            for row in found[:PAGE]
        ),
        older=f"{HERE}?after={found[PAGE - 1].id}" if len(found) > PAGE else "",
        may_change=reader.by.may(Permission.EDIT_AGENT) and reader.by.seat,
        form=form,
        entered=str(form.value("list")),
    )


def _threshold(family: str, value: float, found: Rates | None, form: Form) -> Threshold:
    entered = str(form.value(family, f"{value * 100:.0f}"))
    if found is None:
        return Threshold(family, _(NAMES[family]), entered, "", "", "", "")
    return Threshold(
        family,
        _(NAMES[family]),
        entered,
        _percent(found.wrong),
        _interval(found.wrong),
        _percent(found.missed),
        _interval(found.missed),
    )


def _percent(share: Share) -> str:
    return f"{share.value * 100:.0f}%"


def _interval(share: Share) -> str:
    return f"{share.low * 100:.0f}–{share.high * 100:.0f}%"


@router.get(HERE)
async def shown(visit: Visiting, after: str = "") -> Response:
    """The page."""
    return await visit.page("screens/answering.html", partial(page, after=after), here=HERE)


@router.post(HERE)
async def save(visit: Visiting) -> Response:
    """Set the thresholds."""
    form = await visit.request.form()
    values = {family: text(form, family).strip() for family in answering.FAMILIES}
    try:
        wanted = {family: _share(value, family) for family, value in values.items() if value}
        await visit.do(lambda tx, by: answering.set_thresholds(tx, wanted, by=by))
    except Forbidden:
        raise
    except Refused as refused:
        load = partial(page, form=Form(values, refused, answering.FAMILIES))
        return await visit.page("screens/answering.html", load, here=HERE, status=refused.status)
    return visit.to(HERE, Toast(_("Saved. It holds from the next answer on.")))


def _share(entered: str, family: str) -> float:
    plain = entered.removesuffix("%").strip().replace(",", ".")
    try:
        return round(float(plain) / 100, 4)
    except ValueError:
        raise Invalid(_("“%(value)s” is no number of percent.", value=entered[:40]), field=family) from None


@router.post(HERE + "/questions")
async def add(visit: Visiting) -> Response:
    """Add a list of questions, and fit the gate to all there are."""
    form = await visit.request.form()
    entered = text(form, "list")

    def act(tx: Tx, by: Actor) -> int:
        by.require_agent_editor()
        found = answering.read_list(tx, entered)
        if not found:
            raise Invalid(_("The list is empty: write one question a line."), field="list")
        new = answering.add_questions(tx, found, by=by)
        answering.fit(tx, by=by)
        return new

    try:
        new = await visit.do(act)
    except Forbidden:
        raise
    except Refused as refused:
        shown_field = Invalid(refused.message, field="list")
        load = partial(page, form=Form({"list": entered}, shown_field, ("list",)))
        return await visit.page("screens/answering.html", load, here=HERE, status=refused.status)
    return visit.to(HERE, Toast(_("%(number)s new questions. The gate is being fitted.", number=new)))


@router.post(HERE + "/fit")
async def fit(visit: Visiting) -> Response:
    """Fit again, after the content changed."""
    await visit.do(lambda tx, by: answering.fit(tx, by=by))
    return visit.to(HERE, Toast(_("The gate is being fitted.")))


@router.post(HERE + "/questions/{question_id}/remove")
async def remove(visit: Visiting, question_id: str) -> Response:
    """Remove one question."""
    await visit.do(lambda tx, by: answering.remove_questions(tx, [question_id], by=by))
    return visit.to(HERE, Toast(_("Question removed. It counts until the gate is fitted again.")))
