"""What a provider's no may mean beyond this one message."""

from datetime import timedelta
from json import JSONDecodeError

from firstline.kit.errors import Rejected, Retry


class AccountBusy(Retry):
    """Not this message or customer but the whole account has to wait."""


def in_words(error: Exception) -> str:
    """What was wrong with something that came in, for people. Where nobody wrote a sentence, the error's name stands."""
    if isinstance(error, JSONDecodeError):
        return f"it is no JSON ({error.msg}, character {error.pos + 1:,})"
    return str(error) if type(error) is ValueError and error.args else f"{type(error).__name__}: {error}"


class Unreachable(Rejected):
    """Not this message but the address is the trouble: people are told before they write there again."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class HolderChanged(Rejected):
    """The message was for one person, and somebody else may hold the address now: people find out before anything goes there."""


class FileRefused(Rejected):
    """The file is the trouble, in the form in which it was sent: it is sent once more in the next one."""


class NoMarketing(Rejected):
    """The customer gets no advertising: for a while because the provider holds it back, or until they want it again."""

    def __init__(self, reason: str, for_: timedelta | None = None) -> None:
        super().__init__(reason)
        self.for_ = for_


class SurprisingRefusal(Rejected):
    """An error that nobody has described: the message failed, and people are told once, because it may mean more."""

    def __init__(self, reason: str, code: str, cure: str) -> None:
        super().__init__(reason)
        self.code = code
        self.cure = cure


class TemplateGone(Rejected):
    """What we know of the provider's templates is wrong: the list is fetched anew."""

    def __init__(self, reason: str, state: str = "") -> None:
        super().__init__(reason)
        self.state = state
        """What the template is now, where the provider says so."""


class HeldElsewhere(Rejected):
    """Another program has the word with this customer at the provider: the agent is stopped."""
