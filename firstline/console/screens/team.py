"""Team › Board and Team › Queues."""

from functools import partial

from starlette.responses import RedirectResponse, Response

from firstline.console.availability_form import save
from firstline.console.entered import text
from firstline.console.entered_hours import edited
from firstline.console.shell import Visiting, console_router
from firstline.console.team_board import BOARD, QUEUES, queue_view, team_board
from firstline.console.view.common import Toast
from firstline.console.words import _
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.people.commands import set_available
from firstline.people.queries import the_account
from firstline.people.rules import Permission

router = console_router()


@router.get("/team")
async def team(visit: Visiting) -> Response:
    """The board."""
    await visit.read(lambda tx, reader: None)
    return RedirectResponse(BOARD, 303)


@router.get(BOARD)
async def board_page(visit: Visiting) -> Response:
    """Who is there, and what waits."""
    return await visit.page("screens/team-board.html", team_board, here=BOARD)


@router.get(BOARD + "/live")
async def board_part(visit: Visiting) -> Response:
    """The board's figures anew."""
    return await visit.part("team/board.html", team_board)


@router.get(QUEUES)
async def queues_page(visit: Visiting) -> Response:
    """The first queue in which somebody waits."""
    return await visit.page("screens/team-queues.html", partial(queue_view, key=""), here=QUEUES)


@router.get(QUEUES + "/{key}")
async def queue_page(visit: Visiting, key: str) -> Response:
    """One queue."""
    return await visit.page("screens/team-queues.html", partial(queue_view, key=key), here=QUEUES)


@router.get(QUEUES + "/{key}/live")
async def queue_part(visit: Visiting, key: str) -> Response:
    """What waits in it anew."""
    return await visit.part("team/queue.html", partial(queue_view, key=key))


@router.get(BOARD + "/{teammate_id}")
async def mate_panel(visit: Visiting, teammate_id: str) -> Response:
    """Capacity, working hours and absence of a teammate."""
    return await visit.page("screens/team-board.html", partial(team_board, teammate_id=teammate_id), here=BOARD)


@router.post(BOARD + "/{teammate_id}")
async def save_mate(visit: Visiting, teammate_id: str) -> Response:
    """Change them."""
    form = await visit.request.form()
    load = partial(team_board, teammate_id=teammate_id)
    try:
        if (changed := edited(form)) is not None:
            return await visit.page("screens/team-board.html", partial(load, entered=changed), here=BOARD)
        await visit.do(
            lambda tx, by: save(
                tx, by, teammate_id, form, the_account(tx).timezone, managed=by.may(Permission.MANAGE_AVAILABILITY)
            )
        )
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        wrong = partial(load, entered=form, refused=refused)
        return await visit.page("screens/team-board.html", wrong, here=BOARD, status=refused.status)
    return visit.to(BOARD, Toast(_("Saved")))


@router.post(BOARD + "/{teammate_id}/availability")
async def switch(visit: Visiting, teammate_id: str) -> Response:
    """Set a teammate available or away."""
    on = text(await visit.request.form(), "available") == "yes"
    await visit.do(lambda tx, by: set_available(tx, teammate_id, on, by=by))
    return visit.to(BOARD, Toast(_("Available") if on else _("Away. Nothing is assigned automatically.")))
