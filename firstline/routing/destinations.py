"""Destinations as people enter them: who is named, and whether they are there."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.tables import team, teammate
from firstline.routing.situation import NEEDS_IDS, Destination, DestinationKind

MOST_IDS = 50


def names_of(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """Names of those among the ids that are teammates who work here, or teams; the others are gone."""
    wanted = set(ids)
    if not wanted:
        return {}
    here = select(teammate.c.id, teammate.c.name).where(teammate.c.id.in_(wanted), teammate.c.disabled_at.is_(None))
    teams = select(team.c.id, team.c.name).where(team.c.id.in_(wanted))
    return {row.id: row.name for row in tx.rows(here.union_all(teams))}


def checked(tx: Tx, value: object, field: str) -> Destination | None:
    """The destination that ``{"kind": …, "ids": […]}`` describes; None for None.

    :raises Invalid: naming what is wrong, when the kind is unknown, ids are missing, or one of them is not there.
    """
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("kind") not in list(DestinationKind):
        kinds = ", ".join(kind.value for kind in DestinationKind)
        raise Invalid(f"{field} is {{kind, ids}} with one of the kinds {kinds}.", field=f"{field}.kind")
    kind, ids = DestinationKind(value["kind"]), _ids(value.get("ids") or [], field)
    if kind not in NEEDS_IDS:
        return Destination(kind)
    if kind is DestinationKind.WORKFLOW:
        raise Invalid(
            "There are no workflows yet. Choose teammates, teams, the contact's owner, or nobody.", field=f"{field}.kind"
        )
    if not ids:
        raise Invalid(f"Choose at least one of the {kind.value}.", field=f"{field}.ids")
    known = names_of(tx, ids)
    prefix = {DestinationKind.TEAMMATES: "tmt_", DestinationKind.TEAMS: "tem_"}.get(kind)
    for id_ in ids:
        if id_ not in known or prefix is None or not id_.startswith(prefix):
            raise Invalid(f"There is no {kind.value.removesuffix('s')} {id_[:60]}.", field=f"{field}.ids")
    return Destination(kind, ids)


def _ids(value: Any, field: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and "\x00" not in one for one in value):
        raise Invalid(f"{field}.ids is a list of ids.", field=f"{field}.ids")
    if len(value) > MOST_IDS:
        raise Invalid(f"{field}.ids has {len(value)} entries; {MOST_IDS} are the limit.", field=f"{field}.ids")
    return tuple(dict.fromkeys(value))
