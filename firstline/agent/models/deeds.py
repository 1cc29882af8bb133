"""Which actions a model may propose, and with which values: pure (AN6, AC3).

A model reads what customers, pages and mails say, so what it proposes may be theirs. It is offered only what does no harm
by itself: reading, or what the customer confirms or code protects. Values count only where the customer wrote them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from firstline.agent.actions.definition import Definition, Http, Protection
from firstline.agent.models.base import Deed, Said
from firstline.agent.models.lexicon import fold
from firstline.people.rules import ActorKind

LONGEST = 500


def offered(actions: Iterable[Definition]) -> tuple[Deed, ...]:
    """The actions that a model is told of."""
    return tuple(
        Deed(one.name, one.when, {it.name: it.label or it.name.replace("_", " ") for it in one.inputs if not it.of_contact})
        for one in actions
        if one.enabled and _harmless(one)
    )


def _harmless(one: Definition) -> bool:
    reads = isinstance(one.does, Http) and one.does.method == "GET"
    return reads or one.confirm or one.protection is not Protection.NONE


def own_values(given: Mapping[str, object], deed: Deed, said: Sequence[Said]) -> dict[str, str]:
    """The values that the customer wrote, of the inputs the action has; the others are asked for."""
    theirs = [_plain(one.text) for one in said if one.by is ActorKind.CONTACT]
    values = {name: str(value).strip()[:LONGEST] for name, value in given.items() if name in deed.inputs}
    return {name: value for name, value in values.items() if any(_stands(_plain(value), text) for text in theirs)}


def _stands(value: str, text: str) -> bool:
    """Whether a value stands in a text as it is, and not as a piece of something longer: 45 is not in 12345, 7 not in A-7."""
    if not any(letter.isalnum() for letter in value):
        return False
    before = rf"(?<!\w)(?<!\w[{_JOINS}])" if value[0].isalnum() else ""
    after = rf"(?!\w)(?![{_JOINS}]\w)" if value[-1].isalnum() else ""
    return re.search(before + re.escape(value) + after, text) is not None


_JOINS = r"\-./:,@#_+'’"


def _plain(text: str) -> str:
    return " ".join(fold(text).split())
