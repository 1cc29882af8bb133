"""Which actions a model may propose, and with which values: pure (AN6, AC3).

A model reads what customers, pages and mails say, so what it proposes may be theirs. It is offered only what does no harm
by itself: reading, or what the customer confirms or code protects. Values count only where the customer wrote them, as
they stand or in other words: *tomorrow* for its date.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from firstline.agent.actions.definition import Definition, Http, Protection
from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.actions.inputs.finding import value_in
from firstline.agent.actions.inputs.values import value_of
from firstline.agent.models.base import Deed, Said
from firstline.agent.models.lexicon import fold
from firstline.people.rules import ActorKind

LONGEST = 500


def offered(actions: Iterable[Definition]) -> tuple[Deed, ...]:
    """The actions that a model is told of."""
    return tuple(
        Deed(one.name, one.when, tuple(it for it in one.inputs if not it.of_contact))
        for one in actions
        if one.enabled and _harmless(one)
    )


def _harmless(one: Definition) -> bool:
    reads = isinstance(one.does, Http) and one.does.method == "GET"
    return reads or one.confirm or one.protection is not Protection.NONE


def told(one: Input) -> str:
    """What a model is told of an input."""
    kind = {
        InputType.INTEGER: "whole number",
        InputType.NUMBER: "number",
        InputType.DATE: "day",
        InputType.TIME: "time of day",
        InputType.BOOLEAN: "yes or no",
        InputType.OBJECT: "JSON object",
    }.get(one.type, "")
    if one.choices:
        kind = "one of: " + ", ".join(one.choices)
    about = [one.called, *([kind] if kind else []), *(["a list"] if one.many else []), *([] if one.required else ["optional"])]
    return "; ".join(about)


def own_values(given: Mapping[str, object], deed: Deed, said: Sequence[Said], today: date | None = None) -> dict[str, Any]:
    """The values that the customer wrote, of the inputs the action has; the others are asked for."""
    written = [one.words for one in said if one.by is ActorKind.CONTACT]
    own: dict[str, Any] = {}
    for one in deed.inputs:
        value = given.get(one.name)
        if isinstance(value, list):
            kept = [_short(item) for item in value if _is_theirs(one, item, written, today)]
            if kept and len(kept) == len(value):
                own[one.name] = kept
        elif _is_theirs(one, value, written, today):
            own[one.name] = _short(value)
    return own


def _is_theirs(one: Input, value: object, written: Sequence[str], today: date | None) -> bool:
    if isinstance(value, dict):
        parts = list(_leaves(value))
        return bool(parts) and all(_is_written(str(part), written) for part in parts)
    if not isinstance(value, str | int | float) or not str(value).strip():
        return False
    if not isinstance(value, bool) and _is_written(str(value), written):
        return True
    return any(_same(one, value, text, today) for text in written)


def _is_written(value: str, written: Sequence[str]) -> bool:
    return any(_stands(_plain(value), _plain(text)) for text in written)


def _stands(value: str, text: str) -> bool:
    """Whether a value stands in a text as it is, and not as a piece of something longer: 45 is not in 12345, 7 not in A-7."""
    if not any(letter.isalnum() for letter in value):
        return False
    before = rf"(?<!\w)(?<!\w[{_JOINS}])" if value[0].isalnum() else ""
    after = rf"(?!\w)(?![{_JOINS}]\w)" if value[-1].isalnum() else ""
    return re.search(before + re.escape(value) + after, text) is not None


_JOINS = r"\-./:,@#_+'’"


def _same(one: Input, value: str | int | float, text: str, today: date | None) -> bool:
    """Whether a text names this value in other words: *tomorrow* for its date, *ten* for 10."""
    single = one.model_copy(update={"many": False, "empty": False})
    if single.type in (InputType.TEXT, InputType.NAME, InputType.OBJECT):
        return False
    try:
        return value_of(single, value, today) == value_in(single, text, "en", today)
    except ValueError:
        return False


def _leaves(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _short(value: object) -> object:
    return value.strip()[:LONGEST] if isinstance(value, str) else value


def _plain(text: str) -> str:
    return " ".join(fold(text).split())
