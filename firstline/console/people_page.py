"""The screen *Users and teams*."""

from dataclasses import dataclass

from firstline.console.shell import Reader
from firstline.console.view.common import Person
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings import InvitationLine, MateLine, PeoplePage, PeoplePanel, TeamLine
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people import invitations, notices, queries
from firstline.people import seats as seating
from firstline.people.queries import Team, Teammate
from firstline.people.roles import permissions_of, role_names
from firstline.people.rules import Permission
from firstline.people.seats import Seats

HERE = "/settings/people"


@dataclass(frozen=True)
class Asked:
    """Which panel is open; ``id`` is empty for a new teammate or team; ``link`` is one to copy."""

    kind: str
    id: str = ""
    form: Form = BLANK
    members: frozenset[str] | None = None
    title: str = ""
    link: str = ""
    note: str = ""


def people_page(tx: Tx, reader: Reader, asked: Asked | None = None, *, can_send: bool = True) -> PeoplePage:
    """Teammates and teams, with the panel over them if one was asked for."""
    everybody, teams, names = queries.teammates(tx, with_removed=True), queries.teams(tx), role_names(tx)
    mates = [mate for mate in everybody if not mate.disabled]
    people = {mate.id: Person(mate.id, mate.name, available=mate.available) for mate in mates}
    lines = _Lines(tx, reader, list(teams), names)
    seats = seating.seats(tx)
    may_change = reader.by.may(Permission.MANAGE_TEAMMATES)
    return PeoplePage(
        mates=tuple(lines.mate(mate) for mate in mates),
        teams=tuple(_team(team, people) for team in teams),
        seats=seats.used,
        roles=tuple(names.items()),
        may_change=may_change,
        may_set_available=reader.by.may(Permission.MANAGE_AVAILABILITY),
        panel=_panel(asked, list(mates), list(teams), seats) if asked else None,
        invitations=lines.invitations({mate.id: mate.name for mate in everybody}) if may_change else (),
        deactivated=tuple(lines.mate(mate) for mate in everybody if mate.disabled) if may_change else (),
        seat_limit=seats.limit,
        may_limit=reader.by.may(Permission.MANAGE_BILLING),
        can_send=can_send,
    )


def _team(team: Team, people: dict[str, Person]) -> TeamLine:
    main = tuple(people[one] for one in team.members if one in people and one in team.main_members)
    helping = tuple(people[one] for one in team.members if one in people and one not in team.main_members)
    return TeamLine(team.id, team.name, main, helping)


class _Lines:
    """The lines of the tables."""

    def __init__(self, tx: Tx, reader: Reader, teams: list[Team], names: dict[str, str]) -> None:
        self.tx, self.reader, self.teams, self.names = tx, reader, teams, names
        self.factors = queries.with_second_factor(tx)

    def mate(self, mate: Teammate) -> MateLine:
        """A teammate."""
        mine = [team for team in self.teams if mate.id in team.members]
        mine.sort(key=lambda team: mate.id not in team.main_members)
        return MateLine(
            person=Person(mate.id, mate.name, available=mate.available),
            email=mate.email,
            title=mate.title,
            role=self.names.get(mate.role, mate.role),
            teams=", ".join(team.name for team in mine),
            seat=mate.seat,
            is_you=mate.id == self.reader.by.id,
            second_factor=mate.id in self.factors,
            may_change=permissions_of(self.tx, mate.role) <= self.reader.by.permissions,
        )

    def invitations(self, people: dict[str, str]) -> tuple[InvitationLine, ...]:
        """Open invitations with what became of their mail."""
        states = {
            "waiting": (_("Mail on its way"), "info"),
            "sent": (_("Mail sent"), "good"),
            "held": (_("No mail server"), "warn"),
            "failed": (_("Mail failed"), "bad"),
        }
        mails = notices.states_of(self.tx)
        lines = []
        for row in invitations.open_invitations(self.tx):
            over = row.expires_at <= self.tx.now
            mail, tone = (_("Expired"), "warn") if over else states.get(mails.get(row.notice_id, ""), ("", ""))
            role, by = self.names.get(row.role, row.role), people.get(row.invited_by, "")
            until = self.reader.times.stamp(row.expires_at)
            lines.append(InvitationLine(row.id, row.email, row.name, role, by, until, over, mail, tone))
        return tuple(lines)


def _panel(asked: Asked, mates: list[Teammate], teams: list[Team], seats: Seats) -> PeoplePanel:
    if asked.kind == "invite":
        values = {"email": "", "name": "", "role": "teammate", "team": "", "seat": "" if seats.left == 0 else "on"}
        return PeoplePanel("invite", "", _("Invite teammate"), f"{HERE}/invitations/new", values, form=asked.form)
    if asked.kind == "seats":
        values = {"limit": "" if seats.limit is None else str(seats.limit)}
        return PeoplePanel("seats", "", _("Limit of seats"), f"{HERE}/seats", values, form=asked.form)
    if asked.kind == "link":
        return PeoplePanel("link", "", asked.title, "", {}, link=asked.link, note=asked.note)
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
