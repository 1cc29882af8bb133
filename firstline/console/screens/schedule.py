"""What every schedule editor asks for while one edits: the strip of the coming week, and public holidays."""

from starlette.responses import JSONResponse, Response

from firstline.console.entered import text
from firstline.console.entered_hours import hours_in, imported
from firstline.console.parts_week import week_of
from firstline.console.schedule_editor import PREVIEW
from firstline.console.shell import Visiting, console_router
from firstline.console.view.channels import WeekPart
from firstline.hours.document import from_json
from firstline.kit.errors import Invalid

router = console_router()
_NAME_LIMIT = 120


@router.post(PREVIEW)
async def week(visit: Visiting) -> Response:
    """The strip of the hours that stand in the form."""
    form = await visit.request.form()
    names = {"on_name": text(form, "on-name")[:_NAME_LIMIT], "off_name": text(form, "off-name")[:_NAME_LIMIT]}
    try:
        schedule = from_json(hours_in(form))
    except Invalid as refused:
        part = WeekPart(error=refused.message)
        return await visit.part("channels/week.html", lambda tx, reader: part, status=422)
    return await visit.part("channels/week.html", lambda tx, reader: WeekPart(week_of(schedule, tx.now, **names, states=True)))


@router.post("/schedule/holidays")
async def holidays(visit: Visiting) -> Response:
    """The public holidays of the country, region and year that stand in the form."""
    form = await visit.request.form()
    await visit.read(lambda tx, reader: None)
    found = imported(form, [])
    return JSONResponse({"items": [{"date": one.date, "name": one.name} for one in found]}, headers={"Cache-Control": "no-store"})
