"""Warnings when the credits of a period run low, each given once a period, in the product and by mail (SW5)."""

from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.credits import queries
from firstline.credits.queries import Usage
from firstline.credits.room import Growth, next_pack
from firstline.credits.tables import credit_warning
from firstline.kit.database import Tx
from firstline.kit.events import emit
from firstline.people.notices import notify_holders
from firstline.people.rules import Permission


def warn_if_due(tx: Tx, *, turned_away: bool = False, bought: str = "") -> None:
    """Tell those who hold *Billing* when a threshold is reached, each threshold once a period.

    :param turned_away: there was nothing left for one more conversation: everything is used, or kept for others.
    :param bought: what was bought by itself for it.
    """
    usage = queries.usage(tx)
    if usage.period is None or not usage.settings.warn_at:
        return
    percent = 100 if turned_away else usage.percent
    due = [one for one in usage.settings.warn_at if percent >= one]
    if not due or (not usage.used and not turned_away):
        return
    given = [one for one in due if _first_time(tx, usage.period.id, one)]
    if not given:
        return
    emit(tx, "credits.warned", usage.period.id, percent=max(given))
    subject, text = letter(usage, max(given), queries.zone(tx), bought)
    notify_holders(tx, Permission.MANAGE_BILLING, subject, text)


def _first_time(tx: Tx, period_id: str, percent: int) -> bool:
    made = upsert(credit_warning).values(period=period_id, percent=percent, at=tx.now).on_conflict_do_nothing()
    return tx.row(made.returning(credit_warning.c.percent)) is not None


def letter(usage: Usage, percent: int, here: ZoneInfo, bought: str = "") -> tuple[str, str]:
    """Subject and text of the mail."""
    assert usage.period is not None
    reset = usage.period.ends_at.astimezone(here)
    ahead = usage.forecast.runs_out_at if usage.forecast else None
    lines = [f"{usage.used:,} of {usage.limit:,} credits of this month are used; {max(usage.balance, 0):,} are left."]
    if percent >= 100:
        subject = "The customer agent’s credits are used up"
        lines.append(_what_now(usage, bought))
    else:
        subject = f"{percent}% of the customer agent’s credits are used"
        lines.append(
            f"At the present pace they run out on {ahead.astimezone(here):%d %B}."
            if ahead
            else "At the present pace they last until the reset."
        )
        lines.append(_what_then(usage))
    lines.append(f"The reset is on {reset:%d %B %Y at %H:%M} ({here.key}).")
    lines.append("Settings › Usage & limits shows what was charged, and is where credits are added and packs are bought.")
    return subject, "\n\n".join(lines)


def _what_now(usage: Usage, bought: str) -> str:
    if bought:
        return f"{bought}. The agent goes on taking new conversations."
    return (
        "New conversations are not given to the agent until the reset, or until credits are added. They follow the rules of Human"
        " handoff. Those that the agent holds, it finishes."
    )


def _what_then(usage: Usage) -> str:
    chosen = usage.settings
    if not chosen.pack:
        return "After that, new conversations go to people."
    if chosen.growth == Growth.OVERAGE:
        return "After that, each conversation is paid as overage."
    larger = next_pack(chosen.pack, chosen.packs)
    if larger is None:
        return "The largest pack is in use: after that, new conversations go to people."
    return f"After that, the pack is upgraded to {larger:,} credits a month."
