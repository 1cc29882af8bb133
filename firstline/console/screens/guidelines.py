"""Customer agent › Train › Guidelines: writing, trying, publishing, going back (ID2)."""

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent.guidelines import commands, queries
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.rules import Known
from firstline.console import switched
from firstline.console.entered import text, texts
from firstline.console.guidelines import FIELDS, HERE, HISTORY, LISTS, Asked, guidelines_page, history_page
from firstline.console.shell import Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, NotFound, Refused
from firstline.people.rules import Actor

router = console_router()


def _agent(tx: Tx) -> str:
    found = switched.agents(tx)
    if not found:
        raise Conflict(_("Create the agent first, under Define › Identity."))
    return found[0].id


async def _page(visit: Visiting, asked: Asked) -> Response:
    status = asked.form.refused.status if asked.form.refused else 200
    return await visit.page("screens/guidelines.html", partial(guidelines_page, asked=asked), here=HERE, status=status)


@router.get(HERE)
async def guidelines(visit: Visiting, message: str = "", channel: str = "chat") -> Response:
    """The list; with a message, which of them it would meet."""
    asked = Asked(text=message.strip()[:4_000], channel=channel)
    if not asked.text:
        return await _page(visit, asked)
    matcher = visit.request.app.state.matcher
    assert isinstance(matcher, Matcher)

    def draft(tx: Tx, _reader: object) -> tuple[Known, ...]:
        return queries.draft_of(tx, _agent(tx))

    try:
        known = await visit.read(draft)
    except Conflict as conflict:
        return await _page(visit, replace(asked, refused=conflict.message))
    found = await visit.database.thread(matcher.match, asked.text, known, channel)
    return await _page(visit, replace(asked, matches=found))


@router.get(HISTORY)
async def history(visit: Visiting) -> Response:
    """The versions, what changed, and the way back."""
    return await visit.page("screens/guideline-history.html", history_page, here=HERE)


@router.post(f"{HISTORY}/{{number}}/restore")
async def restore(visit: Visiting, number: int) -> Response:
    """Publish an earlier version again."""

    def act(tx: Tx, by: Actor) -> tuple[int, int]:
        agent_id = _agent(tx)
        newest = queries.versions(tx, agent_id, limit=1)
        return newest[0].number if newest else 0, commands.restore(tx, agent_id, number, by=by)

    before, made = await visit.do(act)
    undo = f"{HISTORY}/{before}/restore" if made != before else ""
    return visit.to(HISTORY, Toast(_("Version %(number)s holds again.", number=number), undo=undo))


@router.post(f"{HERE}/publish")
async def publish(visit: Visiting) -> Response:
    """Make the draft what customers meet."""
    form = await visit.request.form()

    def act(tx: Tx, by: Actor) -> int:
        return commands.publish(tx, _agent(tx), note=text(form, "note"), by=by)

    number = await visit.do(act)
    toast = Toast(_("Published as version %(number)s. It holds from the next turn on.", number=number), link=HISTORY)
    return visit.to(HERE, replace(toast, link_label=_("History")))


@router.post(f"{HERE}/discard")
async def discard(visit: Visiting) -> Response:
    """Go back to what is published."""
    await visit.do(lambda tx, by: commands.discard(tx, _agent(tx), by=by))
    return visit.to(HERE, Toast(_("Draft discarded")))


@router.get(HERE + "/{guideline_id}")
async def panel(visit: Visiting, guideline_id: str, section: str = "") -> Response:
    """The editor; ``new`` for one to be."""
    return await _page(visit, Asked(guideline_id, section))


@router.post(HERE + "/{guideline_id}")
async def save(visit: Visiting, guideline_id: str) -> Response:
    """Add or change a guideline of the draft."""
    form = await visit.request.form()

    def act(tx: Tx, by: Actor) -> None:
        if guideline_id == "new":
            commands.add(tx, _agent(tx), entered(form), by=by)
        else:
            commands.change(tx, _agent(tx), guideline_id, entered(form), by=by)

    try:
        await visit.do(act)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        values: dict[str, Any] = {name: text(form, name) for name in FIELDS if name != "channels"}
        values |= {"channels": texts(form, "channels"), "enabled": "enabled" in form}
        return await _page(visit, Asked(guideline_id, form=Form(values, refused, FIELDS)))
    return visit.to(HERE, Toast(_("Guideline added to the draft") if guideline_id == "new" else _("Saved in the draft")))


def entered(form: FormData) -> dict[str, Any]:
    """What the editor holds; lists have one entry a line."""
    values: dict[str, Any] = {name: text(form, name) for name in FIELDS if name not in (*LISTS, "channels")}
    for name in LISTS:
        values[name] = [line.strip() for line in text(form, name).splitlines() if line.strip()]
    return values | {"channels": texts(form, "channels"), "enabled": "enabled" in form}


@router.post(HERE + "/{guideline_id}/remove")
async def remove(visit: Visiting, guideline_id: str) -> Response:
    """Take a guideline out of the draft."""
    await visit.do(lambda tx, by: commands.remove(tx, _agent(tx), guideline_id, by=by))
    return visit.to(HERE, Toast(_("Removed from the draft"), undo=f"{HERE}/{guideline_id}/bring-back"))


@router.post(HERE + "/{guideline_id}/bring-back")
async def bring_back(visit: Visiting, guideline_id: str) -> Response:
    """Undo a removal."""
    await visit.do(lambda tx, by: commands.bring_back(tx, _agent(tx), guideline_id, by=by))
    return visit.to(HERE, Toast(_("It is back in the draft")))


@router.post(HERE + "/{guideline_id}/switch")
async def switch(visit: Visiting, guideline_id: str) -> Response:
    """Take a guideline out of use in the draft, or put it back."""

    def act(tx: Tx, by: Actor) -> bool:
        agent_id = _agent(tx)
        on = not queries.one_of(tx, agent_id, guideline_id).guideline.enabled
        commands.change(tx, agent_id, guideline_id, {"enabled": on}, by=by)
        return on

    on = await visit.do(act)
    text_of = _("In use, once published") if on else _("Out of use, once published")
    return visit.to(HERE, Toast(text_of, undo=f"{HERE}/{guideline_id}/switch"))
