"""Roles, security, audit log and mail as they are shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class RoleLine:
    """One role."""

    id: str
    name: str
    permissions: tuple[str, ...]
    built_in: bool
    holders: int
    everything: bool


@dataclass(frozen=True)
class RolePanel:
    """A role's permissions; ``choices``: id, name, sentence, whether the reader may give it."""

    id: str
    title: str
    name: str
    choices: tuple[tuple[str, str, str, bool], ...]
    chosen: frozenset[str]
    fixed: bool
    form: Form = BLANK


@dataclass(frozen=True)
class RolesPage:
    """Roles."""

    lines: tuple[RoleLine, ...]
    may_change: bool
    panel: RolePanel | None = None


@dataclass(frozen=True)
class SignOnPanel:
    """The provider of single sign-on."""

    values: dict[str, str]
    roles: tuple[tuple[str, str], ...]
    redirect: str
    has_secret: bool
    form: Form = BLANK


@dataclass(frozen=True)
class SecurityPage:
    """Second factor and single sign-on."""

    demanded: bool
    have: int
    people: int
    you_have: bool
    label: str
    issuer: str
    enabled: bool
    may_change: bool
    panel: SignOnPanel | None = None


@dataclass(frozen=True)
class Difference:
    """One value that changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditLine:
    """One entry of the audit log."""

    id: int
    at: When
    by: str
    what: str
    verb: str
    target: str
    address: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class AuditPage:
    """A page of the audit log, with its filter."""

    lines: tuple[AuditLine, ...]
    people: tuple[tuple[str, str], ...]
    areas: tuple[tuple[str, str], ...]
    values: dict[str, str]
    filtered: bool
    older: str
    is_first: bool
    export: str
    sealed: int


@dataclass(frozen=True)
class NoticeLine:
    """One mail of the product itself."""

    id: str
    subject: str
    address: str
    state: str
    tone: str
    problem: str
    at: When
    again: bool


@dataclass(frozen=True)
class MailPage:
    """The product's own mail; ``server`` is empty while none is set."""

    server: str
    sender: str
    lines: tuple[NoticeLine, ...]
