"""Sign-in and set-up as they are shown."""

from dataclasses import dataclass

from firstline.console.view.form import BLANK, Form


@dataclass(frozen=True)
class SignIn:
    """The sign-in form; ``back`` is where it leads."""

    company: str
    back: str = "/"
    form: Form = BLANK


@dataclass(frozen=True)
class SetUp:
    """The first form of all: the company and its owner."""

    zones: tuple[str, ...]
    form: Form = BLANK
