"""The screen *Customer agent › Define › Model*: what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.agent.connections import queries
from firstline.agent.connections.building import installed
from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.queries import Connection
from firstline.agent.connections.rules import MICROS, ConnectionSettings, Limit, may_spend, percent
from firstline.console import switched
from firstline.console.format import milliseconds, number
from firstline.console.shell import Reader
from firstline.console.view.form import BLANK, Form
from firstline.console.view.model import ConnectionLine, ConnectionPanel, LimitPanel, ModelPage, ModelSpend, SpendLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.people.rules import Permission

HERE = "/customer-agent/model"
TEXTS = ("name", "provider", "model", "base_url", "output", "seconds", "max_tokens", "temperature", "input_price", "output_price")
FIELDS = (*TEXTS, "key")


@dataclass(frozen=True)
class Asked:
    """Which panel is open, ``new`` for a model to be connected; what was entered and refused."""

    panel: str = ""
    form: Form = BLANK
    choice: Form = BLANK


def model_page(tx: Tx, reader: Reader, asked: Asked) -> ModelPage:
    """The whole screen."""
    found = switched.agents(tx)
    agent = found[0] if found else None
    connected = queries.connections(tx)
    thinking = queries.thinking_of(tx, agent.id) if agent else None
    choice = thinking.choice if thinking else None
    named = tuple((one.id, one.settings.label) for one in connected)
    verdict = may_spend(thinking.standings) if thinking else None
    return ModelPage(
        agent_id=agent.id if agent else "",
        agent=agent.published.name if agent else _("The agent"),
        lines=tuple(_line(one, choice.primary if choice else None, choice.fallback if choice else None) for one in connected),
        choices=(("", _("Built-in answerer, no model")), *named),
        fallbacks=(("", _("Built-in answerer only")), *named),
        primary=str(asked.choice.value("primary", choice.primary if choice else "") or ""),
        fallback=str(asked.choice.value("fallback", choice.fallback if choice else "") or ""),
        mask=bool(asked.choice.value("mask", choice.mask if choice else False)),
        stopped="; ".join(verdict.reasons) if verdict else "",
        spent=money(queries.month(tx).spent.micros),
        may_change=reader.by.may(Permission.EDIT_AGENT) and reader.by.seat,
        form=asked.choice,
        panel=_panel(tx, asked) if asked.panel else None,
    )


def _line(one: Connection, primary: str | None, fallback: str | None) -> ConnectionLine:
    state, tone, found = _checked(one)
    used = _("Thinks") if one.id == primary else _("Steps in") if one.id == fallback else ""
    return ConnectionLine(
        one.id, one.settings.label, one.settings.id, _price(one.settings), state, tone, found, used, one.sealed is not None
    )


def _checked(one: Connection) -> tuple[str, str, str]:
    """The last test: a word, its tone, and what was found."""
    if not installed(one.settings.provider):
        return _("Not installed"), "bad", _("pip install 'firstline[%(extra)s]'", extra=PROVIDERS[one.settings.provider].extra)
    if one.checked is None:
        return _("Not tested"), "", ""
    if not one.checked.get("works"):
        return _("Does not work"), "bad", str(one.checked.get("message", ""))
    parts = [milliseconds(float(one.checked.get("ms") or 0))]
    parts.append(_("streams") if one.checked.get("streams") else _("does not stream"))
    kept = one.checked.get("form") != "none"
    parts.append(_("keeps to the form") if kept else _("does not keep to the form"))
    return (_("Works"), "good", " · ".join(parts)) if kept else (_("Weak"), "warn", " · ".join(parts))


def _price(settings: ConnectionSettings) -> str:
    if not settings.input_price and not settings.output_price:
        return _("Free")
    return f"{settings.input_price:g} / {settings.output_price:g}"


def money(micros: int) -> str:
    """Millionths as an amount; what is there is never shown as nothing."""
    amount = micros / MICROS
    return f"{amount:,.2f}" if not 0 < amount < 0.01 else "< 0.01"


def _panel(tx: Tx, asked: Asked) -> ConnectionPanel:
    one = queries.which(tx, asked.panel) if asked.panel != "new" else None
    start = {"provider": "openai", "output": "auto", "seconds": "20", "max_tokens": "900"}
    values = _values(one.settings) if one else {**dict.fromkeys(TEXTS, ""), **start}
    values |= {name: str(value) for name, value in asked.form.values.items() if name != "key"}
    missing = _("not installed")
    providers = tuple((key, known.name if installed(key) else f"{known.name} ({missing})") for key, known in PROVIDERS.items())
    return ConnectionPanel(
        id=one.id if one else "",
        title=one.settings.label if one else _("Connect a model"),
        action=f"{HERE}/{asked.panel}",
        values=values,
        providers=providers,
        has_key=one is not None and one.sealed is not None,
        hints=tuple((known.name, known.example) for known in PROVIDERS.values()),
        form=asked.form,
    )


def _values(settings: ConnectionSettings) -> dict[str, str]:
    return {name: _entered(value) for name, value in settings.model_dump().items() if name in TEXTS}


def _entered(value: Any) -> str:
    """A value as it stands in a form."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def spend(tx: Tx) -> ModelSpend:
    """What models cost this month."""
    standing = queries.standings(tx, (queries.ACCOUNT,))[0]
    month = queries.month(tx)
    lines = []
    for one in switched.agents(tx):
        own = queries.month(tx, one.id)
        limit = queries.limit_of(tx, one.id)
        if own.calls or limit != Limit():
            lines.append(SpendLine(one.published.name, own.calls, own.spent.tokens, money(own.spent.micros), limit_text(limit)))
    return ModelSpend(
        calls=month.calls,
        tokens=month.spent.tokens,
        money=money(month.spent.micros),
        limit=limit_text(standing.limit),
        percent=percent(standing),
        lines=tuple(lines),
        connected=bool(queries.connections(tx)),
    )


def limit_text(limit: Limit) -> str:
    """A limit in words."""
    parts = []
    if limit.money is not None:
        parts.append(f"{limit.money:,.2f}")
    if limit.tokens is not None:
        parts.append(_("%(count)s tokens", count=number(limit.tokens)))
    return _(" and ").join(parts) if parts else _("No limit")


def limit_panel(tx: Tx, form: Form) -> LimitPanel:
    """The form of the limits."""
    limit = queries.limit_of(tx, queries.ACCOUNT)
    shown: Mapping[str, Any] = {"tokens": limit.tokens, "money": limit.money}
    values = {
        name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for name, value in shown.items()
    }
    return LimitPanel(str(form.value("tokens", values["tokens"])), str(form.value("money", values["money"])), form)
