"""Settings › Account › Usage & limits: the switch, the credits, the ledger (SW1–SW6)."""

import re
from functools import partial

from starlette.responses import Response

from firstline.agent.connections import commands as model_connections
from firstline.agent.connections.queries import ACCOUNT
from firstline.console.entered import text
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.usage import HERE, NUMBERS, Asked, usage_page
from firstline.console.view.common import Toast
from firstline.console.view.form import Form
from firstline.console.words import _
from firstline.credits import commands, queries
from firstline.credits.export import csv_lines
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, Refused
from firstline.people.rules import Actor, Permission

router = console_router()
LISTS = ("packs", "warn_at")
_PERIOD = re.compile(r"\d{4}-\d\d-\d\d")


async def _page(visit: Visiting, asked: Asked, status: int = 200) -> Response:
    return await visit.page("screens/usage.html", partial(usage_page, asked=asked), here=HERE, status=status)


@router.get(HERE)
async def usage(visit: Visiting, kind: str = "", period: str = "", before: str = "") -> Response:
    """The page."""
    place = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    return await _page(visit, Asked(kind, period if _PERIOD.fullmatch(period) else "", place))


async def _switch(visit: Visiting, on: bool) -> Response:
    await visit.do(lambda tx, by: commands.switch(tx, on, by=by))
    text = _("Customer agent switched on") if on else _("Customer agent switched off")
    return visit.to(HERE, Toast(text, undo=f"{HERE}/switch-{'off' if on else 'on'}"))


@router.post(f"{HERE}/switch-on")
async def switch_on(visit: Visiting) -> Response:
    """The agent takes new conversations again."""
    return await _switch(visit, True)


@router.post(f"{HERE}/switch-off")
async def switch_off(visit: Visiting) -> Response:
    """The agent takes no new conversation; those it holds, it finishes."""
    return await _switch(visit, False)


@router.get(f"{HERE}/settings")
async def settings_panel(visit: Visiting) -> Response:
    """The panel for allowance, price, what is charged."""
    return await _page(visit, Asked(panel="settings"))


@router.post(f"{HERE}/settings")
async def settings(visit: Visiting) -> Response:
    """Change allowance, price, reset day, what is charged, sizes of packs, warnings."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in (*NUMBERS, *LISTS, "chargeable_event") if name in form}

    def change(tx: Tx, by: Actor) -> None:
        commands.change_settings(tx, {name: _typed(name, value) for name, value in values.items()}, by=by)

    try:
        await visit.do(change)
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(panel="settings", form=Form(values, refused, tuple(values))), refused.status)
    return visit.to(HERE, Toast(_("Saved")))


@router.get(f"{HERE}/models")
async def models_panel(visit: Visiting) -> Response:
    """The panel for the spend limit of language models."""
    return await _page(visit, Asked(panel="models"))


@router.get(f"{HERE}/models/{{agent_id}}")
async def agent_models_panel(visit: Visiting, agent_id: str) -> Response:
    """The panel for the spend limit of one agent."""
    return await _page(visit, Asked(panel="models", scope=agent_id))


@router.post(f"{HERE}/models")
async def limit_models(visit: Visiting) -> Response:
    """Set how much may be spent on language models in a month (SW7)."""
    return await _limit(visit, ACCOUNT)


@router.post(f"{HERE}/models/{{agent_id}}")
async def limit_models_of_agent(visit: Visiting, agent_id: str) -> Response:
    """Set how much one agent may spend on language models in a month (SW7)."""
    return await _limit(visit, agent_id)


async def _limit(visit: Visiting, scope: str) -> Response:
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("tokens", "money")}

    def change(tx: Tx, by: Actor) -> None:
        tokens = whole("tokens", values["tokens"].replace(",", "")) if values["tokens"] else None
        model_connections.set_limit(tx, scope, {"tokens": tokens, "money": values["money"] or None}, by=by)

    try:
        await visit.do(change)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        entered = Form(values, refused, tuple(values))
        return await _page(visit, Asked(panel="models", scope=scope, form=entered), refused.status)
    told = _("Saved. At the limit the agent answers without a model.") if any(values.values()) else _("Saved. There is no limit.")
    return visit.to(HERE, Toast(told))


@router.get(f"{HERE}/grant")
async def grant_panel(visit: Visiting) -> Response:
    """The panel for adding credits."""
    return await _page(visit, Asked(panel="grant"))


@router.post(f"{HERE}/grant")
async def grant(visit: Visiting) -> Response:
    """Add credits by hand."""
    form = await visit.request.form()
    values = {name: text(form, name).strip() for name in ("amount", "reason")}
    try:
        await visit.do(lambda tx, by: commands.grant(tx, whole("amount", values["amount"]), values["reason"], by=by))
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(panel="grant", form=Form(values, refused, tuple(values))), refused.status)
    return visit.to(HERE, Toast(_("Credits added")))


@router.get(HERE + "/refund/{entry_id}")
async def refund_panel(visit: Visiting, entry_id: str) -> Response:
    """The panel for disputing one charge."""
    return await _page(visit, Asked(panel="refund", entry_id=entry_id))


@router.post(HERE + "/refund/{entry_id}")
async def refund(visit: Visiting, entry_id: str) -> Response:
    """Give back what a charge took."""
    form = await visit.request.form()
    reason = text(form, "reason").strip()
    try:
        await visit.do(lambda tx, by: commands.refund(tx, entry_id, reason, by=by))
    except Forbidden:
        raise
    except Refused as refused:
        entered = Form({"reason": reason}, refused, ("reason",))
        return await _page(visit, Asked(panel="refund", entry_id=entry_id, form=entered), refused.status)
    return visit.to(HERE, Toast(_("Refunded")))


@router.get(f"{HERE}/ledger.csv")
async def export(visit: Visiting) -> Response:
    """The whole ledger, oldest first."""

    def lines(tx: Tx, reader: Reader) -> str:
        reader.by.require(Permission.MANAGE_BILLING)
        return "".join(csv_lines(queries.all_entries(tx)))

    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"', "Cache-Control": "no-store"}
    return Response(await visit.read(lines), media_type="text/csv", headers=headers)


def _typed(name: str, value: str) -> object:
    if name in LISTS:
        # 1,000, 2,500: a comma before exactly three digits belongs to the number, where sizes are meant.
        apart = r",(?!\d{3}(?!\d))|[;\s]+" if name == "packs" else r"[,;\s%]+"
        return [whole(name, part) for part in re.split(apart, value) if part.strip()]
    return value if name == "chargeable_event" else whole(name, value)


def whole(name: str, value: str) -> int:
    """A number as people write it, with or without commas.

    :raises Invalid: naming the field, if it is no whole number."""
    digits = value.replace(",", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise Invalid(_("“%(value)s” is no whole number.", value=value[:40]), field=name)
    return int(digits)
