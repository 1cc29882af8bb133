"""Why the agent could not run, said for people; what exactly went wrong stands in the turn's trace. Pure.

A name of an exception helps nobody who reads a handoff. It may also hold what a customer or a provider wrote.
"""

from dataclasses import dataclass

from firstline.agent.models.base import Reason
from firstline.kit.errors import Rejected, Retry, Unknown

CODE = "unable"
LONGEST = 500
"""Characters of the detail that a trace keeps."""


@dataclass(frozen=True)
class Inability:
    """``reason`` is shown in the conversation, ``detail`` in the trace alone."""

    reason: Reason
    detail: str


def after_error(error: BaseException) -> Inability:
    """What came of an error while thinking."""
    detail = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, TimeoutError):
        return _unable("It took the agent too long to answer", detail)
    if isinstance(error, OSError | Retry | Rejected | Unknown):
        return _unable("Something that the agent needs could not be reached", detail)
    return _unable("A technical error kept the agent from answering", detail)


def after_attempts(attempts: int) -> Inability:
    """The process ended again and again while it thought."""
    return _unable("The agent was interrupted each time it tried to answer", f"the turn was tried {attempts} times")


def without_action(name: str, why: str) -> Inability:
    """A model wanted to do something that it may not do now."""
    return _unable("The agent tried to do something that it cannot do", f"it asked for the action “{name}” {why}")


def _unable(text: str, detail: str) -> Inability:
    return Inability(Reason(CODE, text), detail[:LONGEST])
