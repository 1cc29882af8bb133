"""Customer agent › Train › Short answers: questions with an approved answer (KN1)."""

from functools import partial

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.sources import SHORT, Asked, short_answers_page, source_list
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.knowledge import AddPanel, ShortAnswersPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.knowledge import commands, queries
from firstline.people.rules import Actor

router = console_router()
FIELDS = ("question", "answer")


@router.get(SHORT)
async def short_answers(visit: Visiting, words: str = "", after: str = "") -> Response:
    """The table."""
    load = partial(short_answers_page, asked=Asked(words, after=after))
    return await visit.page("screens/short-answers.html", load, here=SHORT)


@router.get(f"{SHORT}/list")
async def list_part(visit: Visiting, words: str = "", after: str = "") -> Response:
    """The table alone, when something changed."""
    return await visit.part("knowledge/answers.html", partial(source_list, asked=Asked(words, after=after), short=True))


async def _with_panel(visit: Visiting, source_id: str, form: Form = BLANK) -> Response:
    def load(tx: Tx, reader: Reader) -> ShortAnswersPage:
        values = {"question": "", "answer": ""}
        if source_id != "new":
            row = queries.which(tx, source_id)
            values = {"question": row.question or "", "answer": row.content or ""}
        title = _("Add a short answer") if source_id == "new" else _("Edit short answer")
        panel = AddPanel("short_answer", title, f"{SHORT}/{source_id}", SHORT, values, form=form)
        return short_answers_page(tx, reader, Asked(), panel)

    return await visit.page("screens/short-answers.html", load, here=SHORT, status=form.refused.status if form.refused else 200)


@router.get(SHORT + "/{source_id}")
async def panel(visit: Visiting, source_id: str) -> Response:
    """The panel of a short answer; ``new`` for one to be."""
    return await _with_panel(visit, source_id)


@router.post(SHORT + "/{source_id}")
async def save(visit: Visiting, source_id: str) -> Response:
    """Add or change a short answer; it is found a moment later."""
    form = await visit.request.form()
    values = {name: text(form, name) for name in FIELDS}

    def act(tx: Tx, by: Actor) -> None:
        if source_id == "new":
            commands.add_short_answer(tx, values["question"], values["answer"], by=by)
        else:
            commands.change_short_answer(tx, source_id, values["question"], values["answer"], by=by)

    try:
        await visit.do(act)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _with_panel(visit, source_id, Form(values, refused, FIELDS))
    return visit.to(SHORT, Toast(_("Short answer added") if source_id == "new" else _("Saved")))


@router.post(SHORT + "/{source_id}/delete")
async def delete(visit: Visiting, source_id: str) -> Response:
    """Delete it."""
    await visit.do(lambda tx, by: commands.delete(tx, source_id, by=by))
    return visit.to(SHORT, Toast(_("Short answer deleted")))
