"""Customer agent › Train › Actions: what the agent may do in other systems (AC1–AC6)."""

from collections.abc import Callable
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent.actions import calls, commands
from firstline.agent.actions.commands import Action
from firstline.agent.actions.definition import BuiltIn, Definition, Mcp, Protection
from firstline.agent.actions.trying import Tried, Trying
from firstline.agent.actions.wording import named
from firstline.agent.rules import checked
from firstline.console import switched
from firstline.console.action_card import state_of
from firstline.console.action_form import (
    BLANK_VALUES,
    checks_of,
    definition_in,
    editor,
    entered_rows,
    entered_values,
    input_row,
    rows_of,
    secrets_in_form,
    values_of,
)
from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.actions import ActionEditor, ActionLine, ActionsPage, CallLine, InputRow, ToolsShown, TrialShown
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Rejected
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor

router = console_router()
HERE = "/customer-agent/actions"
FIELDS = ("title", "name", "when", "examples", "inputs", "does", "protection", "results", "tell", "secrets")


def _keyring(visit: Visiting) -> Keyring:
    found = visit.request.app.state.keyring
    assert isinstance(found, Keyring)
    return found


def actions_page(keyring: Keyring) -> Callable[[Tx, Reader], ActionsPage]:
    """The table of the first agent's actions."""

    def load(tx: Tx, reader: Reader) -> ActionsPage:
        found = switched.agents(tx)
        if not found:
            return ActionsPage(_("The agent"), "", (), ())
        lines = tuple(_line(one) for one in commands.actions_of(tx, keyring, found[0].id))
        waiting = tuple(
            (_waits(commands.definition_of(tx, one.action_id).title, state), f"/inbox/all/{one.conversation_id}")
            for state in calls.WAITS_FOR_PEOPLE
            for one in calls.waiting_for_people(tx, reader.by, state)
        )
        return ActionsPage(found[0].published.name, found[0].id, lines, waiting)

    return load


def _waits(title: str, state: str) -> str:
    if state == "unknown":
        return _("Nobody knows whether “%(title)s” was done.", title=title)
    return _("“%(title)s” waits for an approval.", title=title)


def _line(one: Action) -> ActionLine:
    found = one.definition
    protection = {
        Protection.NONE: _("None"),
        Protection.MATCH: _("Known customer"),
        Protection.VERIFY: _("One-time code"),
        Protection.APPROVE: _("Approval"),
    }
    missing = ", ".join(sorted(one.missing_secrets))
    return ActionLine(one.id, found.title, found.when, _does(found), protection[found.protection], found.enabled, missing)


def _does(found: Definition) -> str:
    if isinstance(found.does, BuiltIn):
        return _("Built in")
    where = found.does.url.split("://", 1)[-1].split("/", 1)[0]
    return f"{found.does.tool} · {where}" if isinstance(found.does, Mcp) else f"{found.does.method} · {where}"


@router.get(HERE)
async def actions(visit: Visiting) -> Response:
    """The table."""
    return await visit.page("screens/actions.html", actions_page(_keyring(visit)), here=HERE)


def _editor(keyring: Keyring, action_id: str) -> Callable[[Tx, Reader], ActionEditor]:
    def load(tx: Tx, reader: Reader) -> ActionEditor:
        if action_id == "new":
            return editor("new", _("New action"), dict(BLANK_VALUES), frozenset({"enabled"}), (), secrets=())
        found = commands.which(tx, keyring, action_id)
        definition = found.definition
        return editor(
            action_id,
            definition.title,
            values_of(definition),
            checks_of(definition),
            rows_of(definition),
            secrets=tuple((name, name in found.secrets) for name in sorted(definition.secret_names)),
            calls=_calls(tx, reader, action_id, definition),
        )

    return load


def _calls(tx: Tx, reader: Reader, action_id: str, definition: Definition) -> tuple[CallLine, ...]:
    lines = []
    for one in calls.calls_of(tx, action_id, reader.by, 20):
        words, tone = state_of(one.state)
        values = named(definition, one.arguments)
        here = f"/inbox/all/{one.conversation_id}"
        lines.append(CallLine(reader.times.clock(one.started_at), words, tone, values, here, one.reason or _("Conversation")))
    return tuple(lines)


@router.get(HERE + "/{action_id}")
async def edit(visit: Visiting, action_id: str) -> Response:
    """The form; ``new`` for one to be."""
    return await visit.page("screens/action.html", _editor(_keyring(visit), action_id), here=HERE)


@router.post(HERE + "/{action_id}")
async def save(visit: Visiting, action_id: str) -> Response:
    """Create or change an action; with *Add input* the form only grows."""
    form, keyring = await visit.request.form(), _keyring(visit)
    if text(form, "then") == "row":
        return await _again(visit, action_id, form, None)
    if text(form, "then") == "tools":
        return await _again(visit, action_id, form, None, await _tools(visit, action_id, form))

    def act(tx: Tx, by: Actor) -> str:
        given, secrets = definition_in(form), secrets_in_form(form)
        if action_id != "new":
            commands.change(tx, keyring, action_id, given, secrets, by=by)
            return action_id
        found = switched.agents(tx)
        if not found:
            raise Conflict(_("Create the agent first, under Define › Identity."))
        return commands.create(tx, keyring, found[0].id, given, secrets, by=by)

    try:
        saved = await visit.do(act)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _again(visit, action_id, form, refused)
    return visit.to(f"{HERE}/{saved}", Toast(_("Action created") if action_id == "new" else _("Saved")))


async def _tools(visit: Visiting, action_id: str, form: FormData) -> tuple[ToolsShown, tuple[InputRow, ...]]:
    """Ask the MCP server that the form names; the inputs of the tool that is chosen become rows, those entered already stay."""
    trying = visit.request.app.state.action_trying
    assert isinstance(trying, Trying)
    rows, wanted = entered_rows(form), text(form, "tool").strip()
    by = await visit.do(lambda tx, actor: actor)
    try:
        server = checked(Mcp, {**definition_in(form)["does"], "kind": "mcp", "tool": wanted or "any"})
        kept = None if action_id == "new" else action_id
        offered = await trying.tools(server, secrets_in_form(form), by=by, action_id=kept)
    except (Invalid, Rejected) as no:
        return ToolsShown(failed=no.message if isinstance(no, Invalid) else no.reason), rows
    listed = tuple((one.name, one.description.partition("\n")[0][:200]) for one in offered)
    chosen = next((one for one in offered if one.name == wanted), offered[0] if len(offered) == 1 else None)
    if chosen is None:
        return ToolsShown(listed, failed=_("It has no tool “%(tool)s”.", tool=wanted) if wanted else ""), rows
    there = {(row.name, row.at) for row in rows}
    more = tuple(row for row in map(input_row, chosen.inputs) if (row.name, row.at) not in there)
    return ToolsShown(listed, chosen.name, chosen.notes), (*rows, *more)


async def _again(
    visit: Visiting,
    action_id: str,
    form: FormData,
    refused: Refused | None,
    tools: tuple[ToolsShown, tuple[InputRow, ...]] | None = None,
) -> Response:
    values = entered_values(form)
    if tools is not None and tools[0].taken:
        values["tool"] = tools[0].taken
    shown = Form(values, _at_field(refused), FIELDS)
    checks = frozenset(name for name in ("enabled", "confirm", "honours_key") if text(form, name) == "on")

    def load(tx: Tx, reader: Reader) -> ActionEditor:
        before = _editor(_keyring(visit), action_id)(tx, reader)
        rows = tools[1] if tools is not None else entered_rows(form)
        again = editor(action_id, before.title, values, checks, rows, secrets=before.secrets, calls=before.calls)
        return replace(again, form=shown, tools=tools[0] if tools is not None else None)

    return await visit.page("screens/action.html", load, here=HERE, status=refused.status if refused else 200)


def _at_field(refused: Refused | None) -> Refused | None:
    """The refusal at the card it belongs to, without the path that only REST needs: ``does.http.url`` is one of *does*."""
    if refused is not None and refused.field:
        card, _dot, inner = refused.field.partition(".")
        place = inner.partition(".")[0]
        which = _("Input %(number)s", number=int(place) + 1) if card == "inputs" and place.isdigit() else ""
        which = which or refused.field.rpartition(".")[2]
        refused.message = refused.message.replace(f"{refused.field}: ", f"{which}: ", 1)
        refused.field = card
    return refused


@router.post(HERE + "/{action_id}/delete")
async def delete(visit: Visiting, action_id: str) -> Response:
    """Remove it."""
    await visit.do(lambda tx, by: commands.remove(tx, action_id, by=by))
    return visit.to(HERE, Toast(_("Action removed")))


@router.post(HERE + "/{action_id}/test")
async def test(visit: Visiting, action_id: str) -> Response:
    """Call the other system once with sample inputs."""
    form = await visit.request.form()
    trying = visit.request.app.state.action_trying
    assert isinstance(trying, Trying)
    sample = {name.removeprefix("sample_"): text(form, name) for name in form if name.startswith("sample_")}
    by = await visit.do(lambda tx, actor: actor)
    try:
        tried = await trying.run(action_id, sample, by=by)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        tried = Tried(False, refused.message)
    shown = TrialShown(
        tried.works,
        tried.message,
        tried.request,
        tried.status,
        tried.told,
        tuple((tried.facts or {}).items()),
        tried.answer,
        tried.ms,
    )
    load = _editor(_keyring(visit), action_id)
    return await visit.page(
        "screens/action.html", lambda tx, reader: replace(load(tx, reader), trial=shown, sample=sample), here=HERE
    )
