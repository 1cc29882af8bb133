"""The screen *Usage & limits*: the switch, the credits of the month, the ledger (SW1–SW6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select

from firstline.agent.connections.queries import ACCOUNT
from firstline.console import models, switched
from firstline.console.format import number
from firstline.console.parts_chart import LineChart, line_chart
from firstline.console.shell import Reader
from firstline.console.usage_packs import HERE, charged_text, packs_card, packs_panel, then
from firstline.console.view.form import BLANK, Form
from firstline.console.view.usage import LedgerLine, UsagePage, UsagePanel
from firstline.console.words import _
from firstline.conversations import queries as conversations
from firstline.conversations.sight import seen_by
from firstline.conversations.tables import conversation
from firstline.credits import queries
from firstline.credits.commands import open_period
from firstline.credits.queries import Usage
from firstline.credits.rules import ChargeableEvent, EntryKind, LedgerEntry, Period, days_of
from firstline.kit.database import Tx
from firstline.people.rules import Permission

PAGE = 25
NUMBERS = ("allowance", "price", "reset_day", "resolved_after_hours")
__all__ = ["HERE", "Asked", "credit_warning", "usage_page"]


@dataclass(frozen=True)
class Asked:
    """What of the ledger is shown, and which panel is open."""

    kind: str = ""
    period: str = ""
    before: int | None = None
    panel: str = ""
    entry_id: str = ""
    scope: str = ACCOUNT
    form: Form = BLANK


def usage_page(tx: Tx, reader: Reader, asked: Asked) -> UsagePage:
    """The whole screen; opens the period if it is due."""
    open_period(tx)
    usage, zone = queries.usage(tx), queries.zone(tx)
    found_agents = switched.agents(tx)
    kind = EntryKind(asked.kind) if asked.kind in set(EntryKind) else None
    found = queries.entries(tx, kind=kind, period=asked.period or None, before=asked.before, limit=PAGE + 1)
    name = found_agents[0].published.name if found_agents else _("The agent")
    warning, text = credit_warning(usage, zone)
    shown = {"kind": kind.value if kind else "", "period": asked.period}
    return UsagePage(
        agent=name,
        is_on=usage.settings.on,
        held=conversations.held_by(tx),
        may_change=reader.by.may(Permission.MANAGE_BILLING),
        balance=usage.balance,
        credits=usage.credits,
        used=usage.used,
        percent=usage.percent,
        resets=reader.times.stamp(usage.period.ends_at).short if usage.period else "",
        warning=warning,
        warning_text=text,
        chart=_chart(tx, usage, zone),
        allowance=usage.settings.allowance,
        packs=packs_card(usage, reader, asked.form if asked.panel == "limits" else BLANK),
        held_credits=usage.held,
        charged_text=charged_text(usage),
        a_day=_decimal(usage.forecast.a_day) if usage.forecast else "0",
        charged_per=_("Conversation, %(price)s", price=credits(usage.settings.price))
        if usage.settings.chargeable_event == ChargeableEvent.CONVERSATION
        else _("Resolution, %(price)s", price=credits(usage.settings.price)),
        by_end=number(usage.forecast.by_end) if usage.forecast else "0",
        lines=_lines(tx, reader, found[:PAGE]),
        kind=shown["kind"],
        tabs=_tabs(shown, queries.count(tx)),
        periods=(("", _("All months")), *((one.id, _month(one, zone)) for one in queries.periods(tx))),
        period=asked.period,
        total=queries.count(tx),
        older=_address(shown, before=str(found[PAGE - 1].seq)) if len(found) > PAGE else "",
        newer=_address(shown) if asked.before is not None else "",
        models=models.spend(tx),
        panel=_panel(tx, usage, asked),
    )


def _address(shown: dict[str, str], **more: str) -> str:
    """This screen with what of the ledger is shown."""
    chosen = {name: value for name, value in {**shown, **more}.items() if value}
    return f"{HERE}?{urlencode(chosen)}" if chosen else HERE


def _tabs(shown: dict[str, str], total: int) -> tuple[tuple[str, str, int | None, bool], ...]:
    kinds = (
        ("", _("All")),
        (EntryKind.CHARGE, _("Charges")),
        (EntryKind.FREE, _("No charge")),
        (EntryKind.REFUND, _("Refunds")),
        (EntryKind.PACK, _("Packs")),
        (EntryKind.OVERAGE, _("Overage")),
        (EntryKind.GRANT, _("Credits")),
    )
    return tuple(
        (label, _address({**shown, "kind": str(kind)}), None if kind else total, shown["kind"] == kind) for kind, label in kinds
    )


def _month(period: Period, zone: ZoneInfo) -> str:
    first, last = days_of(period, zone)[0], days_of(period, zone)[-1]
    if (first.day, first.month) == (1, last.month):
        return str(format_date(first, "LLLL yyyy"))
    return f"{format_date(first, 'd MMM')} – {format_date(last, 'd MMM yyyy')}"


def credits(count: int) -> str:
    """1 credit, 3 credits."""
    return _("1 credit") if count == 1 else _("%(count)s credits", count=number(count))


def _decimal(value: float) -> str:
    return number(round(value)) if value >= 10 else f"{value:.1f}".removesuffix(".0")


def credit_warning(usage: Usage, zone: ZoneInfo) -> tuple[str, str]:
    """The words of the banner, where one is due."""
    if not usage.room.there:
        return f"{usage.room.why}.", _(
            "New conversations are not given to the agent until the reset, or until there is room again. Those it holds, it"
            " finishes."
        )
    due = [percent for percent in usage.settings.warn_at if usage.percent >= percent]
    if not due or not usage.used:
        return "", ""
    ahead = usage.forecast.runs_out_at if usage.forecast else None
    text = (
        _("At the present pace they run out on %(day)s.", day=format_date(ahead.astimezone(zone), "EEEE d MMMM"))
        if ahead
        else _("At the present pace they last until the reset.")
    )
    return _("%(percent)s%% of this month’s credits are used.", percent=usage.percent), f"{text} {then(usage)}"


def _chart(tx: Tx, usage: Usage, zone: ZoneInfo) -> LineChart | None:
    if usage.period is None:
        return None
    by_day = queries.used_by_day(tx, usage.period)
    if not by_day or not usage.used:
        return None
    days = days_of(usage.period, zone)
    totals = list(accumulate(used for _day, used in by_day))
    last = format_date(days[-1], "d MMM")
    ahead = usage.forecast.by_end if usage.forecast else None
    title = _(
        "Credits used this month: %(used)s so far, forecast %(ahead)s by %(day)s.",
        used=number(totals[-1]),
        ahead=number(ahead or 0),
        day=last,
    )
    return line_chart(
        [(format_date(day, "d MMM"), total) for (day, _used), total in zip(by_day, totals, strict=True)],
        slots=len(days),
        title=title,
        name=_("Used"),
        last_label=_("%(count)s today", count=number(totals[-1])),
        last_day=last,
        forecast=ahead,
        limits=((usage.credits, _("Credits %(count)s", count=number(usage.credits))),)
        if usage.credits <= 4 * max(ahead or 1, totals[-1])
        else (),
    )


_KINDS = {
    EntryKind.GRANT: "info",
    EntryKind.PACK: "info",
    EntryKind.CHARGE: "",
    EntryKind.REFUND: "good",
    EntryKind.EXPIRY: "",
    EntryKind.OVERAGE: "warn",
    EntryKind.FREE: "",
}


def kind_name(kind: EntryKind) -> str:
    """What an entry is, as a word."""
    return {
        EntryKind.GRANT: _("Credits"),
        EntryKind.PACK: _("Capacity pack"),
        EntryKind.CHARGE: _("Charge"),
        EntryKind.REFUND: _("Refund"),
        EntryKind.EXPIRY: _("Expired"),
        EntryKind.OVERAGE: _("Overage"),
        EntryKind.FREE: _("No charge"),
    }[kind]


def _lines(tx: Tx, reader: Reader, found: Sequence[LedgerEntry]) -> tuple[LedgerLine, ...]:
    ids = {entry.conversation_id for entry in found if entry.conversation_id}
    query = select(conversation.c.id, conversation.c.number).where(conversation.c.id.in_(ids), seen_by(reader.by))
    numbers = {row.id: row.number for row in tx.rows(query)} if ids else {}
    may = reader.by.may(Permission.MANAGE_BILLING)
    return tuple(
        LedgerLine(
            at=reader.times.stamp(entry.at),
            kind=kind_name(entry.kind),
            tone=_KINDS[entry.kind],
            reason=entry.reason,
            conversation=_("Conversation %(number)s", number=numbers[entry.conversation_id])
            if entry.conversation_id in numbers
            else "",
            href=f"/inbox/all/{entry.conversation_id}" if entry.conversation_id in numbers else "",
            amount=entry.amount,
            balance=entry.balance,
            refund=f"{HERE}/refund/{entry.id}" if may and entry.kind is EntryKind.CHARGE else "",
        )
        for entry in found
    )


def _panel(tx: Tx, usage: Usage, asked: Asked) -> UsagePanel | None:
    settings = usage.settings
    if asked.panel == "models":
        limit = models.limit_panel(tx, asked.scope, asked.form)
        values = {"tokens": limit.tokens, "money": limit.money}
        action = f"{HERE}/models" if asked.scope == ACCOUNT else f"{HERE}/models/{asked.scope}"
        return UsagePanel("models", limit.title, action, values, limit.text, form=asked.form)
    if asked.panel == "settings":
        values = {name: str(getattr(settings, name)) for name in NUMBERS}
        values["chargeable_event"] = settings.chargeable_event
        values["packs"] = ", ".join(number(size) for size in settings.packs)
        values["warn_at"] = ", ".join(str(percent) for percent in settings.warn_at)
        return UsagePanel("settings", _("Allowance and price"), f"{HERE}/settings", values, form=asked.form)
    if asked.panel in ("buy", "next"):
        return packs_panel(usage, asked.panel, asked.form)
    if asked.panel == "grant":
        return UsagePanel("grant", _("Add credits"), f"{HERE}/grant", {}, form=asked.form)
    if asked.panel == "refund":
        entry = queries.one_entry(tx, asked.entry_id)
        text = _("%(credits)s for: %(reason)s", credits=credits(-entry.amount), reason=entry.reason) if entry else ""
        return UsagePanel("refund", _("Dispute and refund"), f"{HERE}/refund/{asked.entry_id}", {}, text, form=asked.form)
    return None
