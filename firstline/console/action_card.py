"""A call of an action as a card of the timeline, with what a teammate may answer to it."""

from collections.abc import Callable, Mapping
from typing import Any

from firstline.agent.actions.templates import as_fact
from firstline.console.view.common import Person, Times
from firstline.console.view.timeline import ActionCard, Answer
from firstline.console.words import _
from firstline.conversations.rules import Entry


def action_card(entry: Entry, by: Person, times: Times, undecided: Mapping[str, str]) -> ActionCard:
    """The card; its buttons stand as long as the call is ``undecided`` in the state that the card shows."""
    state, call = str(entry.data.get("state") or ""), str(entry.data.get("call") or "")
    words, tone = state_of(state)
    rows = [*_lines(entry.data.get("arguments")), *_lines(entry.data.get("facts"))]
    if entry.data.get("reason"):
        rows.append((_("Reason"), str(entry.data["reason"])))
    if entry.by_kind == "teammate":
        rows.append((_("By"), by.name))
    if state == "unknown":
        rows.append((_("Idempotency-Key"), call))
    waits = state if undecided.get(call) == state else ""
    here = f"/conversations/{entry.conversation_id}/calls/{call}"
    return ActionCard(
        entry.id,
        times.clock(entry.at),
        entry.text or _("Action"),
        words,
        tone,
        tuple(rows),
        answers=_ANSWERS[waits](here) if waits in _ANSWERS else (),
        question=_("Look in the other system: was it done? The agent does not do it again.") if waits == "unknown" else "",
        seq=entry.seq,
    )


def _approval(here: str) -> tuple[Answer, ...]:
    return (
        Answer(_("Approve"), f"{here}/approve", _("Approving"), strong=True),
        Answer(_("Decline"), f"{here}/decline", _("Declining")),
    )


def _outcome(here: str) -> tuple[Answer, ...]:
    return (
        Answer(_("It was done"), f"{here}/was-done", _("Noting")),
        Answer(_("It was not done"), f"{here}/was-not-done", _("Noting")),
    )


_ANSWERS: Mapping[str, Callable[[str], tuple[Answer, ...]]] = {"approving": _approval, "unknown": _outcome}
"""What a teammate may answer to a card that waits."""


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
        "was_done": (_("It was done"), "good"),
        "was_not_done": (_("It was not done"), "bad"),
        "expired": (_("Not approved in time"), "warn"),
    }.get(state, (state, ""))
