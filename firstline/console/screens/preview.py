"""Customer agent › Test › Preview."""

from starlette.responses import Response

from firstline.agent.preview import Line, Preview
from firstline.console import switched
from firstline.console.entered import text
from firstline.console.preview import LONGEST, lines_in, person_of, preview_page, turn_of
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.preview import PreviewPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid

router = console_router()
HERE = "/customer-agent/preview"


@router.get(HERE)
async def preview(visit: Visiting, published: bool = False) -> Response:
    """The page, with nothing asked yet."""

    def load(tx: Tx, reader: Reader) -> PreviewPage:
        return preview_page(tx, reader, None, (), not published)

    return await visit.page("screens/preview.html", load, here=HERE)


@router.post(HERE)
async def ask(visit: Visiting) -> Response:
    """One turn: it costs nothing and sends nothing."""
    form = await visit.request.form()
    draft = text(form, "version", "draft") != "published"
    words = text(form, "text").strip()[:LONGEST]
    asked = [*lines_in(text(form, "history")), Line("customer", words)]
    port: Preview = visit.request.app.state.preview
    agent, times = await visit.read(lambda tx, reader: (next(iter(switched.agents(tx)), None), reader.times))
    if agent is None:
        raise Conflict(_("Create the agent first, under Define › Identity."))
    if not words:
        raise Invalid(_("Write a question."), field="text")
    answer = await port.ask(agent.id, asked, draft=draft)
    turn = turn_of(answer, asked, person_of(agent, draft=draft), times)
    if visit.is_part:
        return await visit.part("preview/turn.html", lambda tx, reader: turn)
    return await visit.page("screens/preview.html", lambda tx, reader: preview_page(tx, reader, turn, asked, draft), here=HERE)
