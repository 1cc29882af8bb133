"""Settings › Account › Audit log: who changed what, from what to what, when."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from firstline.console.audit_words import area_name, sentence
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.governance import AuditLine, AuditPage, Difference
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people import audit_log, queries
from firstline.people.audit_log import Filter
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/settings/audit-log"
FIELDS = ("who", "area", "words", "from", "to")
PAGE = 50


def _day(request: Request, name: str, zone: ZoneInfo, *, after: bool = False) -> datetime | None:
    entered = request.query_params.get(name, "")
    if not entered:
        return None
    try:
        day = date.fromisoformat(entered)
        return datetime.combine(day + timedelta(days=1 if after else 0), time(), zone)
    except (ValueError, OverflowError):
        raise Invalid(_("“%(day)s” is no day such as 2026-11-26.", day=entered[:30])) from None


def filter_of(request: Request, zone: ZoneInfo) -> Filter:
    """What the address asks for."""
    asked = request.query_params
    return Filter(
        who=asked.get("who", "")[:60],
        area=asked.get("area", "")[:60],
        words=asked.get("words", "")[:100],
        since=_day(request, "from", zone),
        until=_day(request, "to", zone, after=True),
    )


def audit_page(tx: Tx, reader: Reader, request: Request) -> AuditPage:
    """One page of the log."""
    reader.by.require(Permission.READ_AUDIT)
    chosen = filter_of(request, reader.times.zone)
    given = request.query_params.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    rows = audit_log.entries(tx, chosen, before=before, limit=PAGE + 1)
    names = audit_log.names(tx, rows)
    kept = {name: request.query_params.get(name, "") for name in FIELDS}
    older = urlencode({**{k: v for k, v in kept.items() if v}, "before": rows[PAGE - 1].id}) if len(rows) > PAGE else ""
    areas = sorted(((area, area_name(area)) for area in audit_log.areas(tx)), key=lambda pair: pair[1])
    return AuditPage(
        lines=tuple(
            AuditLine(
                row.id,
                reader.times.stamp(row.at),
                row.by_name or names.get(row.by_id, row.by_id),
                sentence(row.verb),
                row.verb,
                names.get(row.target, row.target),
                row.address,
                tuple(Difference(*one) for one in audit_log.differences(row.before, row.after)),
            )
            for row in rows[:PAGE]
        ),
        people=(("", _("Everybody")), *((mate.id, mate.name) for mate in queries.teammates(tx, with_removed=True))),
        areas=(("", _("Everything")), *areas),
        values=kept,
        filtered=any(kept.values()),
        older=f"{HERE}?{older}" if older else "",
        is_first=before is None,
        export=f"{HERE}.csv?{urlencode({k: v for k, v in kept.items() if v})}",
        sealed=audit_log.sealed(tx),
    )


@router.get(HERE)
async def page(visit: Visiting) -> Response:
    """The log, filtered."""
    return await visit.page("screens/audit-log.html", lambda tx, reader: audit_page(tx, reader, visit.request), here=HERE)


@router.get(HERE + ".csv")
async def export(visit: Visiting) -> Response:
    """What the filter finds, as CSV, oldest first."""

    def load(tx: Tx, by: Actor) -> str:
        by.require(Permission.READ_AUDIT)
        zone = ZoneInfo(queries.the_account(tx).timezone)
        return "".join(audit_log.csv_lines(audit_log.all_entries(tx, filter_of(visit.request, zone))))

    text = await visit.do(load)
    headers = {"content-disposition": 'attachment; filename="audit-log.csv"', "cache-control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
