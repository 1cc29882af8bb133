"""A call of an action as a card of the timeline, with its approval."""

from collections.abc import Mapping, Sequence
from typing import Any

from firstline.agent.actions.templates import as_fact
from firstline.console.view.common import Times
from firstline.console.view.timeline import ActionCard
from firstline.console.words import _
from firstline.conversations.rules import Entry, EntryKind


def decided(entries: Sequence[Entry]) -> frozenset[str]:
    """The calls of which a later entry tells more than that they wait."""
    return frozenset(
        str(one.data.get("call")) for one in entries if one.kind is EntryKind.ACTION and one.data.get("state") != "approving"
    )


def action_card(entry: Entry, times: Times, over: frozenset[str]) -> ActionCard:
    """The card; its buttons stand as long as the call is not among those that are ``over``."""
    state, call = str(entry.data.get("state") or ""), str(entry.data.get("call") or "")
    words, tone = state_of(state)
    rows = [*_lines(entry.data.get("arguments")), *_lines(entry.data.get("facts"))]
    if entry.data.get("reason"):
        rows.append((_("Reason"), str(entry.data["reason"])))
    waits = state == "approving" and call not in over
    here = f"/conversations/{entry.conversation_id}/calls/{call}"
    return ActionCard(
        entry.id,
        times.clock(entry.at),
        entry.text or _("Action"),
        words,
        tone,
        tuple(rows),
        approve=f"{here}/approve" if waits else "",
        decline=f"{here}/decline" if waits else "",
        seq=entry.seq,
    )


def _lines(values: Any) -> list[tuple[str, str]]:
    if not isinstance(values, Mapping):
        return []
    return [(str(name).replace("_", " ").capitalize(), as_fact(value) or "–") for name, value in values.items()]


def state_of(state: str) -> tuple[str, str]:
    """What a state is called, and its tone."""
    return {
        "collecting": (_("Asking the customer"), ""),
        "confirming": (_("Asking the customer"), ""),
        "verifying": (_("Waits for the code"), ""),
        "ready": (_("Running"), ""),
        "running": (_("Running"), ""),
        "cancelled": (_("Cancelled"), ""),
        "approving": (_("Waits for approval"), "warn"),
        "approved": (_("Approved"), "good"),
        "declined": (_("Declined"), "bad"),
        "done": (_("Done"), "good"),
        "failed": (_("Failed"), "bad"),
        "unknown": (_("Outcome unknown"), "warn"),
        "expired": (_("Not approved in time"), "warn"),
    }.get(state, (state, ""))
