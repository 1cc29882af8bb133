"""The screens of *Settings* as they are shown."""

from dataclasses import dataclass

from markupsafe import Markup

from firstline.console.config_form import ConfigSection
from firstline.console.view.common import Person, When
from firstline.console.view.form import BLANK, Form
from firstline.console.words import _


@dataclass(frozen=True)
class General:
    """Company, time zone, languages."""

    name: str
    zone: str
    zones: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str, bool], ...]
    may_change: bool
    form: Form = BLANK


@dataclass(frozen=True)
class AccountLine:
    """One channel account in the table."""

    id: str
    name: str
    kind: str
    icon: str
    address: str
    workspace: str
    state: str
    tone: str
    attention: str = ""
    cure: str = ""


@dataclass(frozen=True)
class AccountPanel:
    """Connect or change a channel account. ``snippet`` is the tag for the website, where there is one."""

    id: str
    kind: str
    title: str
    action: str
    name: str
    sections: tuple[ConfigSection, ...]
    snippet: str = ""
    form: Form = BLANK
    workspace: str = "inbox"
    workspaces: tuple[tuple[str, str], ...] = ()
    guide: Markup | None = None
    hook: str = ""
    cause: str = ""
    cure: str = ""
    sends: bool = False
    test_to: str = ""


@dataclass(frozen=True)
class AccountsPage:
    """Channel accounts."""

    lines: tuple[AccountLine, ...]
    kinds: tuple[tuple[str, str, str, str], ...]
    """Kind, title, icon, and the page where it begins if that is not a panel here."""
    may_change: bool
    panel: AccountPanel | None = None


@dataclass(frozen=True)
class MateLine:
    """One teammate in the table."""

    person: Person
    email: str
    title: str
    role: str
    teams: str
    seat: bool
    is_you: bool
    second_factor: bool = False
    may_change: bool = True


@dataclass(frozen=True)
class TeamLine:
    """One team."""

    id: str
    name: str
    members: tuple[Person, ...]
    helping: tuple[Person, ...] = ()


@dataclass(frozen=True)
class InvitationLine:
    """One open invitation. ``mail`` says what became of its mail, in a tone."""

    id: str
    email: str
    name: str
    role: str
    by: str
    until: When
    over: bool
    mail: str
    tone: str


@dataclass(frozen=True)
class PeoplePanel:
    """A side panel of *Users and teams*: ``kind`` is teammate, team, invite, seats or link; ``id`` is empty for a new one."""

    kind: str
    id: str
    title: str
    action: str
    values: dict[str, str]
    members: frozenset[str] = frozenset()
    form: Form = BLANK
    link: str = ""
    note: str = ""


@dataclass(frozen=True)
class PeoplePage:
    """Users and teams."""

    mates: tuple[MateLine, ...]
    teams: tuple[TeamLine, ...]
    seats: int
    roles: tuple[tuple[str, str], ...]
    may_change: bool
    may_set_available: bool
    panel: PeoplePanel | None = None
    invitations: tuple[InvitationLine, ...] = ()
    deactivated: tuple[MateLine, ...] = ()
    seat_limit: int | None = None
    may_limit: bool = False
    can_send: bool = True

    @property
    def team_choices(self) -> tuple[tuple[str, str], ...]:
        """Teams as options, none first."""
        return (("", _("None")), *((team.id, team.name) for team in self.teams))


@dataclass(frozen=True)
class KeyLine:
    """One API key in the table."""

    id: str
    name: str
    hint: str
    scopes: str
    acts_for: str
    created: When
    ends: When | None
    used: When | None
    may_revoke: bool


@dataclass(frozen=True)
class KeysPage:
    """API keys. ``made`` is a new key, shown this once; ``panel`` says whether the side panel is open."""

    lines: tuple[KeyLine, ...]
    scopes: tuple[tuple[str, str], ...]
    base_url: str
    panel: bool = False
    made: str = ""
    form: Form = BLANK
