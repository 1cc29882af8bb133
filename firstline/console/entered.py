"""What forms send, read into what commands take."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import FormData

from firstline.routing.situation import Destination, DestinationKind


def texts(form: FormData, name: str) -> list[str]:
    """All values of a field."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def text(form: FormData, name: str, otherwise: str = "") -> str:
    """One value of a field."""
    value = form.get(name, otherwise)
    return value if isinstance(value, str) else otherwise


def destination_in(form: FormData, name: str) -> dict[str, Any] | None:
    """A destination as ``{kind, ids}``; None where the form says that another setting decides."""
    kind = text(form, name)
    if kind in ("", "none"):
        return None
    return {"kind": kind, "ids": texts(form, f"{name}-{kind}") if kind in ("teams", "teammates") else []}


def chosen_ids(destination: Destination | None, kind: DestinationKind) -> Sequence[str]:
    """Who is chosen among the teams, or among the teammates."""
    return destination.ids if destination is not None and destination.kind is kind else ()
