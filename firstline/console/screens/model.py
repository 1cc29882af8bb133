"""Customer agent › Define › Model: what the agent thinks with, connecting and testing models (AN4)."""

from dataclasses import replace
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.agent.connections import commands, queries
from firstline.agent.connections.prices import listed
from firstline.agent.connections.trying import Trial
from firstline.channels.api import Keys
from firstline.console import switched
from firstline.console.entered import text
from firstline.console.models import FIELDS, HERE, TEXTS, Asked, model_page
from firstline.console.shell import Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from firstline.people.rules import Actor

router = console_router()
NUMBERS = ("seconds", "temperature", "input_price", "output_price")


async def _page(visit: Visiting, asked: Asked) -> Response:
    refused = asked.form.refused or asked.choice.refused
    load = partial(model_page, asked=asked)
    return await visit.page("screens/model.html", load, here=HERE, status=refused.status if refused else 200)


@router.get(HERE)
async def model(visit: Visiting) -> Response:
    """The page."""
    return await _page(visit, Asked())


@router.post(HERE)
async def choose(visit: Visiting) -> Response:
    """Set what the agent thinks with."""
    form = await visit.request.form()
    values = {"primary": text(form, "primary"), "fallback": text(form, "fallback"), "mask": "mask" in form}

    def act(tx: Tx, by: Actor) -> None:
        found = switched.agents(tx)
        if not found:
            raise Conflict(_("Create the agent first, under Define › Identity."))
        choice = {**values, "primary": values["primary"] or None, "fallback": values["fallback"] or None}
        commands.choose(tx, found[0].id, choice, by=by)

    try:
        await visit.do(act)
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(choice=Form(values, refused, ("primary", "fallback"))))
    return visit.to(HERE, Toast(_("Saved. It holds from the next turn on.")))


@router.get(HERE + "/{connection_id}")
async def panel(visit: Visiting, connection_id: str) -> Response:
    """The panel of a connection; ``new`` for one to be."""
    return await _page(visit, Asked(connection_id))


@router.post(HERE + "/{connection_id}")
async def save(visit: Visiting, keyring: Keys, connection_id: str) -> Response:
    """Connect or change a model, and test it if that was asked for."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in TEXTS}

    def act(tx: Tx, by: Actor) -> str:
        settings = _settings(form, new=connection_id == "new")
        if connection_id == "new":
            return commands.connect(tx, keyring, settings, key=text(form, "key"), by=by)
        commands.change(tx, keyring, connection_id, settings, key=text(form, "key") or None, by=by)
        return connection_id

    try:
        connected = await visit.do(act)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return await _page(visit, Asked(connection_id, Form(values, refused, FIELDS)))
    if text(form, "then") == "test":
        return await _tested(visit, connected)
    return visit.to(
        HERE, Toast(_("Model connected. Test it before customers meet it.") if connection_id == "new" else _("Saved"))
    )


def _settings(form: FormData, *, new: bool) -> dict[str, object]:
    """What the form holds, numbers as numbers; a new model without a price gets the listed one."""
    values: dict[str, object] = {}
    for name in TEXTS:
        entered = text(form, name).strip()
        if name == "max_tokens":
            values[name] = _number(name, entered or "900", whole=True)
        elif name in NUMBERS:
            values[name] = _number(name, entered) if entered else {"seconds": 20.0, "temperature": None}.get(name, 0.0)
        else:
            values[name] = entered or (None if name == "base_url" else "")
    values["output"] = values["output"] or "auto"
    if new and not text(form, "input_price").strip() and not text(form, "output_price").strip():
        price = listed(str(values["provider"]), str(values["model"]))
        if price is not None:
            values["input_price"], values["output_price"] = price
    return values


def _number(name: str, entered: str, *, whole: bool = False) -> float | int:
    try:
        return int(entered) if whole else float(entered.replace(",", "."))
    except ValueError:
        raise Invalid(_("“%(entered)s” is no number.", entered=entered[:40]), field=name) from None


@router.post(HERE + "/{connection_id}/test")
async def test(visit: Visiting, connection_id: str) -> Response:
    """Ask the model one question now."""
    return await _tested(visit, connection_id)


async def _tested(visit: Visiting, connection_id: str) -> Response:
    trial = visit.request.app.state.model_trial
    assert isinstance(trial, Trial)
    by = await visit.do(lambda _tx, by: by)
    found = await trial.run(connection_id, by=by)
    label = await visit.read(lambda tx, _reader: queries.which(tx, connection_id).settings.label)
    tone = "good" if found["works"] and found["form"] != "none" else "warn" if found["works"] else "bad"
    return visit.to(HERE, Toast(f"{label}: {found['message']}", tone if tone != "good" else ""))


@router.post(HERE + "/{connection_id}/remove")
async def remove(visit: Visiting, connection_id: str) -> Response:
    """Disconnect a model; its key is forgotten."""
    try:
        await visit.do(lambda tx, by: commands.remove(tx, connection_id, by=by))
    except Conflict as conflict:
        return await _page(visit, replace(Asked(), choice=Form({}, conflict, ("primary", "fallback"))))
    return visit.to(HERE, Toast(_("Disconnected. Its key is forgotten.")))
