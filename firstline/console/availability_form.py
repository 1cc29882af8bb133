"""The form for working hours, absence and capacity: of oneself, and by managers of others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from firstline.console import presence as words
from firstline.console.entered import text
from firstline.console.entered_hours import hours_in
from firstline.console.schedule_editor import Use, editor
from firstline.console.shell import Reader
from firstline.console.view.form import BLANK, Form
from firstline.console.view.team import AvailabilityForm
from firstline.console.words import _
from firstline.hours.document import from_json
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, Refused
from firstline.people import queries as people
from firstline.people.availability import commands, queries
from firstline.people.rules import Actor
from firstline.routing.capacity import capacity_of, set_capacity
from firstline.routing.workload import Work

FIELDS = ("working_hours", "holidays", "country", "region", "year", "from", "until", "note", *Work)
_LOCAL = "%Y-%m-%dT%H:%M"


def availability_form(
    tx: Tx,
    reader: Reader,
    teammate_id: str,
    action: str,
    *,
    managed: bool = False,
    entered: FormData | None = None,
    refused: Refused | None = None,
) -> AvailabilityForm:
    """The form as it is set, or as it was entered."""
    found = queries.presence_of(tx, teammate_id)
    zone, absence = ZoneInfo(reader.account.timezone), found.plan.absence
    limits = capacity_of(tx, teammate_id)
    kept = {
        "away-from": absence.start.astimezone(zone).strftime(_LOCAL) if absence else "",
        "away-until": absence.end.astimezone(zone).strftime(_LOCAL) if absence else "",
        "away-note": absence.note if absence else "",
        **{work.value: "" if limits.of(work) is None else str(limits.of(work)) for work in Work},
    }
    values = {name: text(entered, name, value) if entered is not None else value for name, value in kept.items()}
    labels = {Work.CALLS: _("Calls"), Work.MESSAGING: _("Messaging"), Work.EMAIL: _("Email")}
    return AvailabilityForm(
        id=teammate_id,
        name=found.name,
        action=action,
        available=found.available,
        state=words.state(found),
        detail=words.detail(found, reader.times),
        set_by=words.set_by(found, lambda id_: people.teammate_of(tx, id_).name) if teammate_id == reader.by.id else "",
        schedule=editor(
            _use(found.name), found.plan.hours, now=tx.now, zone=reader.account.timezone, entered=entered, refused=refused
        ),
        away_from=values["away-from"],
        away_until=values["away-until"],
        note=values["away-note"],
        zone=reader.account.timezone,
        capacity=tuple((work.value, labels[work], values[work.value]) for work in Work) if managed else (),
        form=Form({}, refused, FIELDS) if refused is not None else BLANK,
    )


def _use(name: str) -> Use:
    return Use(
        legend=_("Working hours"),
        modes=(
            ("all", _("By hand only"), _("Nothing switches %(name)s by itself", name=name)),
            ("during", _("By working hours"), _("Available in these hours, away outside them")),
        ),
        during=_("Hours %(name)s works", name=name),
        outside="",
        on_name=_("Available"),
        off_name=_("Away"),
    )


def save(tx: Tx, by: Actor, teammate_id: str, form: FormData, zone: str, *, managed: bool = False) -> None:
    """Change what was changed in the form; what was left alone switches nobody.

    :raises Invalid: naming the field.
    """
    before = queries.presence_of(tx, teammate_id).plan
    hours = hours_in(form)
    wanted = from_json(hours, "working_hours") if hours["mode"] != "all" else None
    if wanted != before.hours:
        commands.set_working_hours(tx, teammate_id, hours, by=by)
    start, end = (_instant(text(form, f"away-{name}"), name, zone) for name in ("from", "until"))
    note = text(form, "away-note").strip()
    if end is None:
        if start is not None:
            raise Invalid(_("Say until when as well."), field="until")
        commands.come_back(tx, teammate_id, by=by)
    elif before.absence is None or (start, end, note) != (
        _minute(before.absence.start),
        _minute(before.absence.end),
        before.absence.note,
    ):
        commands.leave(tx, teammate_id, start, end, note, by=by)
    if managed and (limits := _limits(form)) != capacity_of(tx, teammate_id).to_json():
        set_capacity(tx, teammate_id, limits, by=by)


def _limits(form: FormData) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for work in Work:
        entered = text(form, work.value).strip()
        found[work.value] = int(entered) if entered.isascii() and entered.isdigit() and len(entered) < 7 else entered or None
    return found


def _instant(written: str, name: str, zone: str) -> datetime | None:
    if not written.strip():
        return None
    try:
        found = datetime.fromisoformat(written.strip())
    except ValueError:
        raise Invalid(_("“%(entered)s” is no time. Write it as 2026-12-24T18:30.", entered=written[:40]), field=name) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
