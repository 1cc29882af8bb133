"""Errors, named by what happens next.

``Refused`` and its children are told to whoever asked: a 4xx problem document or a sentence in the console.
``Retry``, ``Rejected`` and ``Unknown`` are the only things that code which talks to other systems may raise.
Anything else is a bug.
"""


class Refused(Exception):
    """The request was understood and not carried out. The message says what happened, the value, and what to do."""

    status = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(Refused):
    """What was entered cannot be right; ``field`` names it."""

    status = 422


class Unauthenticated(Refused):
    """Nobody is signed in, or the key is unknown."""

    status = 401


class Forbidden(Refused):
    """The actor lacks a permission or a seat; the message says which."""

    status = 403


class NotFound(Refused):
    """There is no such thing, or the actor may not see it."""

    status = 404


class Conflict(Refused):
    """It contradicts what is there already."""

    status = 409


class TakenOver(Conflict):
    """Somebody else owns the conversation now; what was to be said is not said."""


class TooLarge(Refused):
    """More than the limit that the message names."""

    status = 413


class TooMany(Refused):
    """Faster than the limit that the message names; ``after`` so many seconds it can be tried again, where that is known."""

    status = 429

    def __init__(self, message: str, *, field: str | None = None, after: int | None = None) -> None:
        super().__init__(message, field=field)
        self.after = after


class Retry(Exception):
    """The other system cannot now; ask again after so many seconds."""

    def __init__(self, after: float, reason: str) -> None:
        super().__init__(reason)
        self.after = after
        self.reason = reason


class Rejected(Exception):
    """The other system said no for good; the reason is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unknown(Exception):
    """Nobody can tell whether the other system did it; it must not be repeated blindly."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
