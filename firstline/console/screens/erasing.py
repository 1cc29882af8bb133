"""Contacts › Erase: what will go, the confirmation, how far it is, the report."""

import json
from functools import partial

from starlette.responses import Response

from firstline.console.entered import text
from firstline.console.format import size
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.erasing import CountLine, ErasePage, ErasureLine, ErasurePage, ErasuresPage
from firstline.console.words import _
from firstline.contacts import queries as contacts
from firstline.erasing import commands, queries
from firstline.erasing.rules import STAYS, STEP_NAMES, Report, State, Step, called
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/settings/erasures"
CONTACTS = "/contacts"
PAGE = 50


def erase_page(tx: Tx, reader: Reader, contact_id: str, error: str = "") -> ErasePage:
    """What an erasure would do now."""
    plan = queries.preview(tx, contact_id, reader.by)
    known = contacts.who_is(tx, contact_id)
    return ErasePage(
        contact_id=contact_id,
        name=known.called if known.name or known.email else _("Visitor"),
        typed=_typed(tx, contact_id),
        gone=_gone(plan),
        files=_files(plan),
        stays=_stays(plan),
        notes=_notes(contact_id),
        error=error,
    )


def _typed(tx: Tx, contact_id: str) -> str:
    """What has to be typed: the address, else the name, else the id."""
    known = contacts.who_is(tx, contact_id)
    return known.email or known.name or contact_id


def erasure_page(tx: Tx, reader: Reader, erasure_id: str) -> ErasurePage:
    """One erasure."""
    told = queries.report(tx, erasure_id, reader.by)
    assert told.asked_at is not None
    steps = [one for one in Step if one is not Step.DONE]
    return ErasurePage(
        id=told.id,
        contact_id=told.contact_id,
        done=told.state is State.DONE,
        step=_(STEP_NAMES[told.step]),
        place=steps.index(told.step) if told.step in steps else len(steps),
        steps=len(steps),
        asked=reader.times.moment(told.asked_at),
        asked_by=told.asked_by,
        finished=reader.times.moment(told.finished_at) if told.finished_at else None,
        gone=_gone(told),
        rows=told.rows,
        files=_files(told),
        stays=_stays(told),
        found=tuple(CountLine(_(str(one["what"])), int(one["rows"]), _(str(one["advice"]))) for one in told.found),
        notes=_notes(told.contact_id),
    )


def erasures_page(tx: Tx, reader: Reader, before: str) -> ErasuresPage:
    """The list, newest first."""
    found = queries.reports(tx, reader.by, before=before or None, limit=PAGE + 1)
    lines = []
    for one in found[:PAGE]:
        assert one.asked_at is not None
        asked = reader.times.moment(one.asked_at)
        done = one.state is State.DONE
        step = _(STEP_NAMES[one.step])
        lines.append(ErasureLine(one.id, one.contact_id, done, step, asked, one.asked_by, one.rows, len(one.found)))
    return ErasuresPage(tuple(lines), f"{HERE}?before={found[PAGE - 1].id}" if len(found) > PAGE else "")


def _gone(told: Report) -> tuple[CountLine, ...]:
    lines = (CountLine(_(called(name)), count) for name, count in told.gone.items())
    return tuple(sorted(lines, key=lambda line: (-line.rows, line.what)))


def _files(told: Report) -> str:
    if not told.files:
        return ""
    return _("%(n)s files with %(size)s", n=told.files, size=size(told.bytes))


def _stays(told: Report) -> tuple[CountLine, ...]:
    return tuple(CountLine(_(called(name)), count, _(STAYS[name])) for name, count in sorted(told.stays.items()))


def _notes(contact_id: str) -> tuple[str, ...]:
    return _(queries.BACKUPS).format(id=contact_id), _(queries.SPACE)


@router.get(CONTACTS + "/{contact_id}/erase")
async def ask(visit: Visiting, contact_id: str) -> Response:
    """What will go."""
    return await visit.page("screens/erase.html", partial(erase_page, contact_id=contact_id), here=CONTACTS)


@router.post(CONTACTS + "/{contact_id}/erase")
async def erase(visit: Visiting, contact_id: str) -> Response:
    """Do it, if the right word was typed."""
    typed = " ".join(text(await visit.request.form(), "typed").split())

    def deed(tx: Tx, by: Actor) -> str:
        by.require(Permission.MANAGE_DATA)
        if typed.lower() != _typed(tx, contact_id).lower():
            raise Conflict("")
        return commands.erase(tx, contact_id, by)

    try:
        asked = await visit.do(deed)
    except Conflict as wrong:
        error = wrong.message or _("That is something else. Nothing was erased.")
        load = partial(erase_page, contact_id=contact_id, error=error)
        return await visit.page("screens/erase.html", load, here=CONTACTS, status=409)
    return visit.to(f"{HERE}/{asked}")


@router.get(HERE)
async def erasures(visit: Visiting, before: str = "") -> Response:
    """The list."""
    return await visit.page("screens/erasures.html", partial(erasures_page, before=before), here=HERE)


@router.get(HERE + "/{erasure_id}.json")
async def document(visit: Visiting, erasure_id: str) -> Response:
    """The report as a file."""

    def load(tx: Tx, reader: Reader) -> str:
        return json.dumps(queries.as_document(queries.report(tx, erasure_id, reader.by)), ensure_ascii=False, indent=2)

    headers = {"content-disposition": f'attachment; filename="{erasure_id}.json"', "cache-control": "no-store"}
    return Response(await visit.read(load), media_type="application/json", headers=headers)


@router.get(HERE + "/{erasure_id}")
async def erasure(visit: Visiting, erasure_id: str) -> Response:
    """One erasure."""
    return await visit.page("screens/erasure.html", partial(erasure_page, erasure_id=erasure_id), here=HERE)


@router.get(HERE + "/{erasure_id}/state")
async def state(visit: Visiting, erasure_id: str) -> Response:
    """The same without the page around it, asked for while it runs."""
    return await visit.part("contacts/erasure.html", partial(erasure_page, erasure_id=erasure_id))
