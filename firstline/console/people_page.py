"""The screen *Users and teams*."""

from dataclasses import dataclass

from firstline.console.shell import Reader
from firstline.console.view.common import Person
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings import MateLine, PeoplePage, PeoplePanel, TeamLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people import queries
from firstline.people.queries import Team, Teammate
from firstline.people.roles import role_names
from firstline.people.rules import Permission

HERE = "/settings/people"


@dataclass(frozen=True)
class Asked:
    """Which panel is open; ``id`` is empty for a new teammate or team."""

    kind: str
    id: str = ""
    form: Form = BLANK
    members: frozenset[str] | None = None


def people_page(tx: Tx, reader: Reader, asked: Asked | None = None) -> PeoplePage:
    """Teammates and teams, with the panel over them if one was asked for."""
    mates, teams, names = queries.teammates(tx), queries.teams(tx), role_names(tx)
    people = {mate.id: Person(mate.id, mate.name, available=mate.available) for mate in mates}
    return PeoplePage(
        mates=tuple(_mate(mate, people[mate.id], list(teams), reader, names) for mate in mates),
        teams=tuple(TeamLine(team.id, team.name, tuple(people[one] for one in team.members if one in people)) for team in teams),
        seats=queries.seats(tx),
        roles=tuple(names.items()),
        may_change=reader.by.may(Permission.MANAGE_TEAMMATES),
        may_set_available=reader.by.may(Permission.MANAGE_AVAILABILITY),
        panel=_panel(asked, list(mates), list(teams)) if asked else None,
    )


def _mate(mate: Teammate, person: Person, teams: list[Team], reader: Reader, names: dict[str, str]) -> MateLine:
    mine = sorted((team for team in teams if mate.id in team.members), key=lambda team: mate.id not in team.main_members)
    return MateLine(
        person=person,
        email=mate.email,
        title=mate.title,
        role=names.get(mate.role, mate.role),
        teams=", ".join(team.name for team in mine),
        seat=mate.seat,
        is_you=mate.id == reader.by.id,
    )


def _panel(asked: Asked, mates: list[Teammate], teams: list[Team]) -> PeoplePanel:
    if asked.kind == "team":
        team = next((one for one in teams if one.id == asked.id), None)
        if asked.id and team is None:
            raise NotFound(_("There is no team %(id)s.", id=asked.id[:60]))
        members = asked.members if asked.members is not None else frozenset(team.members if team else ())
        title = team.name if team else _("Create team")
        return PeoplePanel("team", asked.id, title, f"{HERE}/teams/{asked.id or 'new'}", {}, members, asked.form)
    mate = next((one for one in mates if one.id == asked.id), None)
    if asked.id and mate is None:
        raise NotFound(_("There is no teammate %(id)s.", id=asked.id[:60]))
    main = next((team.id for team in teams if asked.id in team.main_members), "")
    values = {
        "name": mate.name if mate else "",
        "email": mate.email if mate else "",
        "title": mate.title if mate else "",
        "role": mate.role if mate else "teammate",
        "seat": "on" if mate is None or mate.seat else "",
        "team": main,
    }
    title = mate.name if mate else _("Create teammate")
    return PeoplePanel("teammate", asked.id, title, f"{HERE}/teammates/{asked.id or 'new'}", values, form=asked.form)
