"""Settings › You › Availability: one's own working hours and absence."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response

from firstline.console.availability_form import availability_form, save
from firstline.console.entered import text
from firstline.console.entered_hours import edited
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.team import AvailabilityForm
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.people.availability import commands
from firstline.people.queries import the_account
from firstline.people.rules import Actor

router = console_router()
HERE = "/settings/availability"
MORNING = time(9)


def own(tx: Tx, reader: Reader, **entered: object) -> AvailabilityForm:
    """The form of whoever reads."""
    return availability_form(tx, reader, reader.by.id, HERE, **entered)  # type: ignore[arg-type]


@router.get(HERE)
async def availability(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/availability.html", own, here=HERE)


@router.post(HERE)
async def save_own(visit: Visiting) -> Response:
    """Change one's hours or absence."""
    form = await visit.request.form()
    try:
        if (changed := edited(form)) is not None:
            return await visit.page("screens/availability.html", partial(own, entered=changed), here=HERE)
        await visit.do(lambda tx, by: save(tx, by, by.id, form, the_account(tx).timezone))
    except Forbidden:
        raise
    except Refused as refused:
        wrong = partial(own, entered=form, refused=refused)
        return await visit.page("screens/availability.html", wrong, here=HERE, status=refused.status)
    return visit.to(HERE, Toast(_("Saved")))


@router.post("/you/away")
async def away(visit: Visiting) -> Response:
    """Away for an hour, or until tomorrow morning; then available again by itself."""
    wanted = text(await visit.request.form(), "for")

    def leave(tx: Tx, by: Actor) -> datetime:
        zone = ZoneInfo(the_account(tx).timezone)
        tomorrow = datetime.combine(tx.now.astimezone(zone).date() + timedelta(days=1), MORNING, zone)
        end = tomorrow if wanted == "tomorrow" else tx.now + timedelta(hours=1)
        commands.leave(tx, by.id, None, end, by=by)
        return end.astimezone(zone)

    end = await visit.do(leave)
    return visit.to(visit.came_from, Toast(_("You are away until %(time)s.", time=f"{end:%H:%M}")))
