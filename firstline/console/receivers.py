"""Who can be chosen where a conversation goes to people."""

from collections.abc import Mapping
from typing import Any

from firstline.console.names import Names
from firstline.console.view.channels import Receivers
from firstline.console.words import _
from firstline.routing.situation import Destination, DestinationKind


def receivers(name: str, chosen: Destination | Mapping[str, Any] | None, known: Names, *, none: str) -> Receivers:
    """The choice of a destination.

    :param none: the words for leaving it to another setting; empty where that is no choice.
    """
    if isinstance(chosen, Mapping):
        chosen = Destination.from_json(chosen)
    kinds = [
        (DestinationKind.TEAMS.value, _("Specific teams")),
        (DestinationKind.TEAMMATES.value, _("Specific teammates")),
        (DestinationKind.CONTACT_OWNER.value, _("Contact owner")),
        (DestinationKind.NOBODY.value, _("Nobody")),
    ]
    if none:
        kinds.insert(0, ("none", none))
    otherwise = "none" if none else DestinationKind.NOBODY.value
    return Receivers(
        name=name,
        kind=chosen.kind.value if chosen is not None else otherwise,
        kinds=tuple(kinds),
        teams=tuple((team.id, team.name) for team in known.teams.values()),
        teammates=tuple((mate.id, mate.name) for mate in known.teammates.values() if not mate.disabled),
        chosen=frozenset(chosen.ids if chosen is not None else ()),
    )


def written(destination: Destination | None, known: Names, *, none: str) -> str:
    """A destination in words."""
    if destination is None:
        return none
    if destination.kind is DestinationKind.NOBODY:
        return _("Nobody")
    if destination.kind is DestinationKind.CONTACT_OWNER:
        return _("Contact owner")
    here = [known.teams[id_].name if id_ in known.teams else known.teammates[id_].name for id_ in destination.ids if id_ in known]
    return ", ".join(here) or none
