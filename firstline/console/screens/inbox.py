"""The inbox: views, list, and one conversation."""

from starlette.responses import RedirectResponse, Response

from firstline.console.desk import desk
from firstline.console.names import names
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.threads import first_view, threads, views
from firstline.console.view.inbox import Inbox, ThreadList
from firstline.kit.database import Tx

router = console_router()


@router.get("/inbox")
async def inbox(visit: Visiting) -> Response:
    """The view to begin with."""
    view = await visit.read(lambda tx, reader: first_view(views(tx, reader, names(tx))))
    return RedirectResponse(f"/inbox/{view}", 303)


@router.get("/inbox/{view}")
async def one_view(visit: Visiting, view: str, words: str = "", before: str = "") -> Response:
    """A view with its list."""

    def load(tx: Tx, reader: Reader) -> Inbox:
        return Inbox(threads(tx, reader, view, words=words, before=before), None)

    return await visit.page("screens/inbox.html", load, here="/inbox")


@router.get("/inbox/{view}/list")
async def list_part(visit: Visiting, view: str, words: str = "", before: str = "", current: str = "") -> Response:
    """The list alone, when something changed."""

    def load(tx: Tx, reader: Reader) -> ThreadList:
        return threads(tx, reader, view, words=words, before=before, current=current)

    return await visit.part("inbox/list.html", load)


@router.get("/inbox/{view}/{conversation_id}")
async def one_conversation(visit: Visiting, view: str, conversation_id: str, words: str = "", before: str = "") -> Response:
    """A conversation beside its list; a script asks for the conversation alone."""
    if visit.is_part:
        return await visit.part(
            "inbox/desk.html", lambda tx, reader: desk(tx, reader, conversation_id, view, visit.request.app.state.channels)
        )

    def load(tx: Tx, reader: Reader) -> Inbox:
        return Inbox(
            threads(tx, reader, view, words=words, before=before, current=conversation_id),
            desk(tx, reader, conversation_id, view, visit.request.app.state.channels),
        )

    return await visit.page("screens/inbox.html", load, here="/inbox")
