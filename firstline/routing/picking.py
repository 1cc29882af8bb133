"""Which teammate gets a conversation: the pure rule of automatic assignment (RT3, RT5).

Reached are only teammates who are available, hold a seat, have the workspace and, through a team, are its main members;
within capacity; the least loaded first, then round robin by the time of the last assignment.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from firstline.routing.situation import Destination, DestinationKind, Reason

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NAMED = 5  # names that a reason lists before it counts
_WORKSPACE_NAMES = {"inbox": "inbox", "help_desk": "help desk"}


class PickKind(StrEnum):
    """What became of the search for a teammate."""

    TEAMMATE = "teammate"
    TEAM = "team"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Candidate:
    """A teammate as automatic assignment sees one. ``load`` counts the open conversations of the channel's family that
    they own; ``capacity`` is how many they may have, None without a limit."""

    id: str
    name: str
    available: bool
    seat: bool
    workspaces: frozenset[str]
    main_team: str | None = None
    load: int = 0
    capacity: int | None = None
    last_assigned_at: datetime | None = None


@dataclass(frozen=True)
class Pick:
    """A teammate, or where the conversation waits. ``waits`` means: try again when somebody becomes available."""

    kind: PickKind
    id: str | None
    reasons: tuple[Reason, ...]
    waits: bool = False


def obstacle(candidate: Candidate, workspace: str) -> tuple[str, str] | None:
    """The first reason why a teammate cannot be assigned to now, as code and words; None if nothing is in the way."""
    if not candidate.seat:
        return "no_seat", "Without a seat"
    if workspace not in candidate.workspaces:
        return "no_workspace", f"Without the {_WORKSPACE_NAMES.get(workspace, workspace)}"
    if not candidate.available:
        return "away", "Away"
    if candidate.capacity is not None and candidate.load >= candidate.capacity:
        return "full", "At capacity"
    return None


def pick(
    destination: Destination,
    candidates: Iterable[Candidate],
    workspace: str,
    *,
    contact_owner_id: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Pick:
    """Choose among the candidates that a destination reaches.

    :param names: names of teams, for the reason of one that waits.
    """
    if destination.kind in (DestinationKind.NOBODY, DestinationKind.WORKFLOW):
        return Pick(PickKind.NOBODY, None, ())
    reached = [one for one in candidates if _reaches(destination, one, contact_owner_id)]
    obstacles = {one.id: obstacle(one, workspace) for one in reached}
    reasons = _left_out(reached, obstacles)
    able = sorted((one for one in reached if obstacles[one.id] is None), key=_turn)
    if able:
        return Pick(PickKind.TEAMMATE, able[0].id, (*reasons, _chosen(able)))
    if destination.kind is DestinationKind.TEAMS:
        team = destination.ids[0]
        text = f"Waits in the queue of {(names or {}).get(team, 'the team')} until somebody can take it"
        return Pick(PickKind.TEAM, team, (*reasons, Reason("queued", text)), waits=True)
    return Pick(
        PickKind.NOBODY, None, (*reasons, Reason("waiting", "Stays unassigned until one of them can take it")), waits=True
    )


def _reaches(destination: Destination, candidate: Candidate, contact_owner_id: str | None) -> bool:
    if destination.kind is DestinationKind.TEAMS:
        return candidate.main_team in destination.ids
    if destination.kind is DestinationKind.CONTACT_OWNER:
        return candidate.id == contact_owner_id
    return candidate.id in destination.ids


def _turn(candidate: Candidate) -> tuple[int, datetime, str]:
    return candidate.load, candidate.last_assigned_at or _LONG_AGO, candidate.id


def _chosen(able: Sequence[Candidate]) -> Reason:
    first = able[0]
    if len(able) == 1:
        return Reason("only_one", f"{first.name} is the only one who can take it now")
    if able[1].load == first.load:
        return Reason("round_robin", f"{first.name} has waited longest among those with {_conversations(first.load)}")
    return Reason("least_loaded", f"{first.name} has the fewest open conversations ({first.load})")


def _conversations(count: int) -> str:
    return f"{count} open conversation{'' if count == 1 else 's'}"


def _left_out(reached: Iterable[Candidate], obstacles: Mapping[str, tuple[str, str] | None]) -> tuple[Reason, ...]:
    """One reason for each obstacle, with the names of those it keeps away."""
    kept_away: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in reached:
        if (found := obstacles[one.id]) is not None:
            kept_away[found].append(one.name)
    return tuple(Reason(code, f"{words}: {_list(names)}", False) for (code, words), names in kept_away.items())


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
