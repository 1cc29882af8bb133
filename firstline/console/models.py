"""The screen *Customer agent › Define › Model*: what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.agent.connections import queries
from firstline.agent.connections.building import installed
from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.queries import Connection
from firstline.agent.connections.rules import MICROS, ConnectionSettings, Limit, may_spend, percent
from firstline.agent.queries import which as which_agent
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
        spent=money(queries.month(tx, agent.id).spent.micros) if agent else "",
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
        (its,) = queries.standings(tx, (one.id,))
        lines.append(
            SpendLine(
                name=one.published.name,
                calls=own.calls,
                tokens=own.spent.tokens,
                money=money(own.spent.micros),
                limit=limit_text(its.limit),
                percent=percent(its),
                href=f"/settings/usage/models/{one.id}",
            )
        )
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


def limit_panel(tx: Tx, scope: str, form: Form) -> LimitPanel:
    """The form of the limits of the account, or of one agent.

    :raises NotFound: if there is no such agent.
    """
    limit = queries.limit_of(tx, scope)
    shown: Mapping[str, Any] = {"tokens": limit.tokens, "money": limit.money}
    values = {
        name: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value) for name, value in shown.items()
    }
    title, text = _limit_words(tx, scope)
    tokens, amount = (str(form.value(name, values[name])) for name in ("tokens", "money"))
    return LimitPanel(title, text, tokens, amount, form)


def _limit_words(tx: Tx, scope: str) -> tuple[str, str]:
    """Title of the form, and what happens at the limit."""
    then = _(
        "No conversation is interrupted, and none goes to people for this reason."
        " Whoever holds Billing gets a mail at 75% and at the limit."
    )
    if scope == queries.ACCOUNT:
        text = _(
            "What all agents together may spend on language models in a calendar month. At the limit they answer without a"
            " model, with the built-in answerer, until the month ends or the limit is raised."
        )
        return _("Spend limit for models"), f"{text} {then}"
    name = which_agent(tx, scope).published.name
    text = _(
        "What %(agent)s may spend on language models in a calendar month, within the limit of the account. At the limit"
        " %(agent)s answers without a model, with the built-in answerer, until the month ends or the limit is raised.",
        agent=name,
    )
    return _("Spend limit of %(agent)s", agent=name), f"{text} {then}"
