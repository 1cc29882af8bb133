"""What a provider's no may mean beyond this one message."""

from firstline.kit.errors import Rejected


class Unreachable(Rejected):
    """Not this message but the address is the trouble: people are told before they write there again."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class FileRefused(Rejected):
    """The file is the trouble, in the form in which it was sent: it is sent once more in the next one."""


class TemplateGone(Rejected):
    """What we know of the provider's templates is wrong: the list is fetched anew."""

    def __init__(self, reason: str, state: str = "") -> None:
        super().__init__(reason)
        self.state = state
        """What the template is now, where the provider says so."""


class HeldElsewhere(Rejected):
    """Another program has the word with this customer at the provider: the agent is stopped."""
