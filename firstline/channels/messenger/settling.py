"""What was read back, given what is known here: nothing is doubled, and nobody is answered who was answered."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from firstline.channels.abilities import Heard
from firstline.channels.base import Account
from firstline.channels.happenings import Echo, Happening, Ignored, Inbound
from firstline.channels.rereading.recognising import answered_by_person, is_here, is_ours, sent_as
from firstline.kit.database import Tx

KNOWN = Ignored("It is here already")


def settled_by(happenings: Sequence[Happening]) -> Callable[[Tx, Account, Happening], Happening]:
    """How each message of one conversation is applied.

    :param happenings: the whole conversation of the span, the oldest first: what a person answered later in it counts. Times
        decide nothing here, they are whole seconds.
    """
    places = {one.provider_id: place for place, one in enumerate(happenings) if isinstance(one, Echo | Inbound)}
    echoes = [one for one in happenings if isinstance(one, Echo)]

    def settle(tx: Tx, account: Account, happening: Happening) -> Happening:
        if isinstance(happening, Echo):
            return _echo(tx, account, happening)
        if isinstance(happening, Inbound):
            place = places.get(happening.provider_id, 0)
            return _inbound(tx, account, happening, [echo for echo in echoes if places[echo.provider_id] > place])
        return happening

    return settle


def _echo(tx: Tx, account: Account, echo: Echo) -> Happening:
    """A message of the page: one that is here, one of ours whose answer was lost, else a person wrote it."""
    if is_here(tx, account.id, echo.to, Heard(echo.provider_id, echo.at, echo.text, incoming=False)):
        return KNOWN
    return replace(echo, correlation=sent_as(tx, account.id, echo.to, echo.text, echo.at))


def _inbound(tx: Tx, account: Account, said: Inbound, later: Sequence[Echo]) -> Happening:
    """A customer's message. What a person answered later is stored only; else it is answered like any other."""
    if said.at is None or is_here(tx, account.id, said.sender, Heard(said.provider_id, said.at, said.text)):
        return KNOWN
    answered = any(not _is_ours(tx, account, echo) for echo in later) or answered_by_person(tx, account.id, said.sender, said.at)
    return replace(said, answerable=False) if answered else said


def _is_ours(tx: Tx, account: Account, echo: Echo) -> bool:
    return is_ours(tx, account.id, echo.provider_id) or bool(sent_as(tx, account.id, echo.to, echo.text, echo.at))
