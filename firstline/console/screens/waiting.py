"""Settings › Channels › Waiting times, and Settings › Account › Business hours."""

from dataclasses import dataclass
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.clocks.commands import set_policy
from firstline.clocks.policy import DEFAULTS, FAMILY_NAMES
from firstline.clocks.queries import policy_of
from firstline.console import durations
from firstline.console.entered import text
from firstline.console.entered_hours import edited, hours_in
from firstline.console.schedule_editor import Use, editor
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.schedule import ScheduleEditor
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound, Refused
from firstline.people.availability.commands import set_business_hours
from firstline.people.availability.queries import the_business_hours
from firstline.people.rules import Permission

router = console_router()
WAITING, BUSINESS = "/settings/waiting-times", "/settings/business-hours"
STEPS = ("agent", "tell", "reassign", "alert", "alert_again", "remind", "close", "follow_up", "close_people")
SWITCHES = ("business_hours", "mail")


@dataclass(frozen=True)
class WaitingTimes:
    """One channel family's times, as they are written."""

    family: str
    tabs: tuple[tuple[str, str, None, bool], ...]
    values: dict[str, str]
    business_hours: bool
    mail: bool
    may_change: bool
    form: Form = BLANK


@dataclass(frozen=True)
class BusinessHours:
    """The company's hours."""

    schedule: ScheduleEditor
    may_change: bool
    form: Form = BLANK


def waiting_times(
    tx: Tx, reader: Reader, family: str, entered: FormData | None = None, refused: Refused | None = None
) -> WaitingTimes:
    """The page of one family.

    :raises NotFound: if there is no such family.
    """
    if family not in DEFAULTS:
        raise NotFound(_("There is no channel family %(id)s.", id=family[:40]))
    policy = policy_of(tx, family)
    values = {step: durations.shown(getattr(policy, step)) for step in STEPS}
    switches = {name: bool(getattr(policy, name)) for name in SWITCHES}
    if entered is not None:
        values = {step: text(entered, step) for step in STEPS}
        switches = {name: text(entered, name) == "on" for name in SWITCHES}
    return WaitingTimes(
        family=family,
        tabs=tuple((_(name), f"{WAITING}/{key}", None, key == family) for key, name in FAMILY_NAMES.items()),
        values=values,
        **switches,
        may_change=reader.by.may(Permission.MANAGE_CHANNELS),
        form=Form({}, refused, STEPS) if refused is not None else BLANK,
    )


@router.get(WAITING)
async def waiting(visit: Visiting) -> Response:
    """The times of chats."""
    return await visit.page("screens/waiting-times.html", partial(waiting_times, family="chat"), here=WAITING)


@router.get(WAITING + "/{family}")
async def waiting_of(visit: Visiting, family: str) -> Response:
    """The times of one family."""
    return await visit.page("screens/waiting-times.html", partial(waiting_times, family=family), here=WAITING)


@router.post(WAITING + "/{family}")
async def save_waiting(visit: Visiting, family: str) -> Response:
    """Change them."""
    form = await visit.request.form()
    try:
        values = {step: durations.read(text(form, step), step) for step in STEPS}
        switches = {name: text(form, name) == "on" for name in SWITCHES}
        await visit.do(lambda tx, by: set_policy(tx, family, {**values, **switches}, by=by))
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        load = partial(waiting_times, family=family if family in DEFAULTS else "chat", entered=form, refused=refused)
        return await visit.page("screens/waiting-times.html", load, here=WAITING, status=refused.status)
    return visit.to(f"{WAITING}/{family}", Toast(_("Saved. It holds for every open conversation.")))


def business_hours(tx: Tx, reader: Reader, entered: FormData | None = None, refused: Refused | None = None) -> BusinessHours:
    """The page."""
    use = Use(
        legend=_("Business hours"),
        modes=(
            ("all", _("Around the clock"), _("Waiting for people counts day and night")),
            ("during", _("During business hours"), _("Waiting for people counts in these hours only")),
        ),
        during=_("Hours the company is there"),
        outside="",
        on_name=_("Open"),
        off_name=_("Closed"),
    )
    schedule = the_business_hours(tx)
    shown = None if schedule.mode == "all" else schedule
    return BusinessHours(
        schedule=editor(use, shown, now=tx.now, zone=reader.account.timezone, entered=entered, refused=refused),
        may_change=reader.by.may(Permission.MANAGE_TEAMMATES),
        form=Form({}, refused, ("business_hours", "holidays", "country", "region", "year")) if refused is not None else BLANK,
    )


@router.get(BUSINESS)
async def business(visit: Visiting) -> Response:
    """The page."""
    return await visit.page("screens/business-hours.html", business_hours, here=BUSINESS)


@router.post(BUSINESS)
async def save_business(visit: Visiting) -> Response:
    """Change them."""
    form = await visit.request.form()
    try:
        if (changed := edited(form)) is not None:
            return await visit.page("screens/business-hours.html", partial(business_hours, entered=changed), here=BUSINESS)
        await visit.do(lambda tx, by: set_business_hours(tx, hours_in(form), by=by))
    except Forbidden:
        raise
    except Refused as refused:
        load = partial(business_hours, entered=form, refused=refused)
        return await visit.page("screens/business-hours.html", load, here=BUSINESS, status=refused.status)
    return visit.to(BUSINESS, Toast(_("Saved")))
