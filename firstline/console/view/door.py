"""Sign-in and set-up as they are shown."""

from dataclasses import dataclass

from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class SignIn:
    """The sign-in form; ``back`` is where it leads."""

    company: str
    back: str = "/"
    form: Form = BLANK
    sign_on: str = ""
    """Name of the provider of single sign-on, if there is one."""


@dataclass(frozen=True)
class SetUp:
    """The first form of all: the company and its owner."""

    zones: tuple[str, ...]
    form: Form = BLANK


@dataclass(frozen=True)
class SecondStep:
    """Asks for the code of the second factor."""

    back: str = "/"
    form: Form = BLANK


@dataclass(frozen=True)
class Enrol:
    """Setting up the second factor: the QR code as SVG, the secret to type in."""

    drawn: str
    secret: str
    form: Form = BLANK


@dataclass(frozen=True)
class Codes:
    """Recovery codes, shown once; ``onward`` is where one goes then."""

    codes: tuple[str, ...]
    onward: str


@dataclass(frozen=True)
class Invitation:
    """An invitation, as whoever opens its link sees it."""

    token: str
    company: str
    email: str
    name: str
    role: str
    by: str
    form: Form = BLANK


@dataclass(frozen=True)
class Asked:
    """A forgotten password; ``done`` once a link was asked for."""

    can_send: bool
    done: bool = False
    form: Form = BLANK


@dataclass(frozen=True)
class NewPassword:
    """A new password, behind a link."""

    token: str
    form: Form = BLANK


@dataclass(frozen=True)
class Over:
    """A link that is no good any more."""

    message: str
