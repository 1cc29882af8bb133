"""The audit log: who changed what, from what to what, when."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from firstline.kit.database import Tx
from firstline.people.rules import Actor
from firstline.people.tables import audit_entry

SECRET = re.compile(r"(?<![a-z])(password|secret|secrets|token|api_key|code|hash)(?![a-z])", re.IGNORECASE)
HIDDEN = "•••"
SAID = ("changed", "set", "removed", HIDDEN)
"""What may stand in place of a secret."""


def without_secrets(value: Any) -> Any:
    """The value as the log may keep it: whatever is named like a secret is hidden."""
    if isinstance(value, Mapping):
        return {
            str(key): HIDDEN if SECRET.search(str(key)) and inner not in (None, "", *SAID) else without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(inner) for inner in value]
    return value


def record(tx: Tx, by: Actor, verb: str, target: str, *, before: Any = None, after: Any = None, address: str = "") -> None:
    """Write one entry, in the transaction of the change. ``verb`` is like ``deployment.create``; secrets are hidden."""
    tx.execute(
        insert(audit_entry).values(
            at=tx.now,
            by_kind=by.kind.value,
            by_id=by.id,
            verb=verb,
            target=target,
            before=without_secrets(before),
            after=without_secrets(after),
            by_name=f"{by.name} (API key {by.key})" if by.key else by.name,
            address=address,
        )
    )
