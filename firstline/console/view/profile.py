"""The screen *Profile* as it is shown."""

from dataclasses import dataclass

from firstline.console.view.common import When
from firstline.console.view.door import Enrol
from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class Browser:
    """One browser in which one is signed in."""

    id: str
    name: str
    address: str
    seen: When
    since: When
    is_this: bool


@dataclass(frozen=True)
class ProfilePanel:
    """What lies over the page: ``kind`` is enrol, codes, turn-off or renew-codes."""

    kind: str
    title: str
    enrol: Enrol | None = None
    codes: tuple[str, ...] = ()
    form: Form = BLANK


@dataclass(frozen=True)
class Profile:
    """One's own name, role, second factor and browsers."""

    name: str
    email: str
    title: str
    role: str
    has_password: bool
    factor_since: When | None
    codes_left: int
    demanded: bool
    browsers: tuple[Browser, ...]
    panel: ProfilePanel | None = None
    form: Form = BLANK
