"""What of a turn is looked at for injected instructions, and how it stands in the trace."""

from collections.abc import Sequence
from typing import Any

import structlog

from firstline.agent.injection.looking import Inspector, Signal, inspect
from firstline.knowledge.rules import Hit

log = structlog.get_logger(__name__)

STRUCTURE = Inspector()
"""Knows the structure of injected instructions alone."""


def signals(inspector: Inspector, text: str, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Where something looks like an instruction to the agent: the customer's message, or a passage that was found.

    Passages are looked at by their structure alone: there are many, and their meaning was not written for this reader. A signal
    that cannot be given never costs the customer their answer.
    """
    try:
        return _found(inspector, text, hits)
    except Exception:
        log.exception("injection.could_not_look")
        return []


def _found(inspector: Inspector, text: str, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    found = [_as_json("message", "", inspector.look(text, "customer"))]
    found += [_as_json("passage", hit.title, inspect(hit.text, "content")) for hit in hits]
    return [one for one in found if one is not None]


def _as_json(place: str, title: str, signal: Signal) -> dict[str, Any] | None:
    return {"place": place, "title": title, "signs": signal.as_json()} if signal.flagged else None
