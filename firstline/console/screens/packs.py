"""Settings › Account › Usage & limits: packs, and what happens when the credits run out (SW4)."""

from functools import partial

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.screens.usage import whole
from firstline.console.shell import Visiting, console_router
from firstline.console.usage import HERE, Asked, usage_page
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.credits import commands, packs
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.people.rules import Actor

router = console_router()


async def _page(visit: Visiting, asked: Asked, status: int = 200) -> Response:
    return await visit.page("screens/usage.html", partial(usage_page, asked=asked), here=HERE, status=status)


@router.get(f"{HERE}/packs")
async def buy_panel(visit: Visiting) -> Response:
    """The panel for buying a pack."""
    return await _page(visit, Asked(panel="buy"))


@router.post(f"{HERE}/packs")
async def buy(visit: Visiting) -> Response:
    """Buy a pack, or a larger one in place of the present."""
    size = text(await visit.request.form(), "credits")
    try:
        await visit.do(lambda tx, by: packs.buy(tx, whole("credits", size), by=by))
    except Forbidden:
        raise
    except Refused as refused:
        asked = Asked(panel="buy", form=Form({"credits": size}, refused, ("credits",)))
        return await _page(visit, asked, refused.status)
    return visit.to(HERE, Toast(_("Pack bought. Its credits are there.")))


@router.get(f"{HERE}/packs/next")
async def next_panel(visit: Visiting) -> Response:
    """The panel for another pack, or none, from the next reset on."""
    return await _page(visit, Asked(panel="next"))


@router.post(f"{HERE}/packs/next")
async def choose_next(visit: Visiting) -> Response:
    """Have another pack, or none, from the next reset on."""
    size = text(await visit.request.form(), "credits")
    try:
        await visit.do(lambda tx, by: packs.choose_for_next_period(tx, whole("credits", size), by=by))
    except Forbidden:
        raise
    except Refused as refused:
        asked = Asked(panel="next", form=Form({"credits": size}, refused, ("credits",)))
        return await _page(visit, asked, refused.status)
    return visit.to(HERE, Toast(_("Saved. It holds from the next reset on.")))


@router.post(f"{HERE}/limits")
async def limits(visit: Visiting) -> Response:
    """What happens when the credits run out, and the cap."""
    form = await visit.request.form()
    values = {"growth": text(form, "growth"), "cap": text(form, "cap").strip()}

    def change(tx: Tx, by: Actor) -> None:
        changes = {"growth": values["growth"], "cap": whole("cap", values["cap"]) if values["cap"] else None}
        commands.change_settings(tx, changes, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(panel="limits", form=Form(values, refused, tuple(values))), refused.status)
    return visit.to(HERE, Toast(_("Saved")))
