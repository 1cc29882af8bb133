"""Values in what a customer writes: in answer to a question, or before one was asked. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from firstline.agent.actions.inputs import Input, InputType, Value
from firstline.agent.actions.inputs.moments import days_in
from firstline.agent.actions.inputs.parts import KINDS, candidates, proper_names
from firstline.agent.actions.inputs.values import parts_of, value_of
from firstline.agent.models.intents import read
from firstline.agent.models.lexicon import words_only

_ASKED_ONLY = (InputType.TEXT, InputType.BOOLEAN, InputType.OBJECT)
_NONE = frozenset({
    "none", "no", "nothing", "empty", "n a", "na", "not applicable", "there is none", "i have none", "leer", "keine", "keins",
    "keiner", "nichts", "aucun", "aucune", "rien", "ninguno", "ninguna", "nada", "nessuno", "niente", "geen", "nenhum", "brak",
})  # fmt: skip
"""Answers that say that there is no value."""
_LEAD = re.compile(
    r"^(?:(?:well|so|ok|okay|yes|yeah|sure|please)[,.!]?\s+)*"
    r"(?:(?:it'?s|it is|that'?s|that is|this is|i am|i'm|we are|the \w+ is|my [\w ]{1,20} is"
    r"|es ist|das ist|ich bin|mein\w* \w+ (?:ist|lautet)"
    r"|c'est|je suis|es|soy|mi \w+ es)\s+)?(?:(?:called|named)\s+)?",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r"^(?:in|at|for|from|to|on|by|near|around|um|aus|nach|à|en|a|de)\s+(?=[A-ZÀ-Þ0-9])", re.IGNORECASE)
SHORT = 6
"""Words up to which an answer is taken for the value itself and freed of what leads up to it."""


def value_in(one: Input, message: str, language: str, today: date | None = None) -> Value | None:
    """The value that a message names in answer to a question for this input; None if it names none.

    A value is looked for first among what a message holds (an address, a number, a day, a code), then in the message as a whole.
    """
    if one.empty and words_only(message) in _NONE:
        return [] if one.many else ""
    if one.many:
        return _list_in(one, message, language, today)
    if one.type is InputType.BOOLEAN:
        reading = read(message, language)
        if reading.agrees != reading.declines:
            return reading.agrees
    if one.type is InputType.CHOICE and (said := _yes_or_no(one, message, language)) is not None:
        return said
    parts = [] if one.type is InputType.NAME else candidates(one, message, language)
    for candidate in (*parts, *_whole(one, message, language)):
        try:
            return value_of(one, candidate, today)
        except ValueError:
            continue
    return None


def with_answer(
    inputs: Sequence[Input], asked: Input, known: Mapping[str, Any], message: str, language: str, today: date | None
) -> tuple[Value | None, dict[str, Any]]:
    """The value that answers the question for one input, and all that is known with it and with what else the message names."""
    value = value_in(asked, message, language, today)
    others = [one for one in inputs if one.name != asked.name and one.name not in known]
    besides = {name: it for name, it in named_in(others, message, language, today).items() if it != value}
    return value, {**known, **besides, **({} if value is None else {asked.name: value})}


def named_in(inputs: Sequence[Input], message: str, language: str, today: date | None = None) -> dict[str, Value]:
    """Inputs that a message holds by their kind, before anybody asked: an order number, an address, a day.

    Free text is asked for, and so is what could belong to more than one input: two days are told apart only where two
    inputs take one, or where a word such as *from* or *to* says whose it is.
    """
    told: dict[str, Value] = {}
    alike: dict[InputType, list[Input]] = {}
    for one in inputs:
        if one.type not in _ASKED_ONLY and not one.of_contact:
            alike.setdefault(one.type, []).append(one)
    for type_, all_alike in alike.items():
        # What could be one of a list is asked for, so that the order's number is not taken for an article's.
        told_apart = len(all_alike) > 1 and type_ is not InputType.CHOICE
        ones = [one for one in all_alike if not (told_apart and one.many)]
        if type_ is InputType.CHOICE or any(one.many for one in ones):
            told |= {one.name: value for one in ones if (value := _unasked(one, message, language, today)) is not None}
        elif ones:
            told |= _shared(type_, ones, message, language, today)
    return _without_doubles(inputs, told)


def _unasked(one: Input, message: str, language: str, today: date | None) -> Value | None:
    if one.many and one.type in (InputType.TEXT, InputType.NAME):
        return None
    if one.type is not InputType.CHOICE:
        return value_in(one, message, language, today)
    if _is_yes_or_no(one):
        return None
    try:
        return value_of(one, message)
    except ValueError:
        return None


def _shared(type_: InputType, ones: Sequence[Input], message: str, language: str, today: date | None) -> dict[str, Value]:
    found = list(dict.fromkeys(_values(ones[0], type_, message, language, today)))
    if len(ones) == 1:
        alone = len(found) == 1 and (type_ is not InputType.NAME or _stands_after(_BEFORE_A_NAME, str(found[0]), message))
        return {ones[0].name: found[0]} if alone else {}
    directed = {one.name: way for one in ones if (way := _way(one))}
    told: dict[str, Value] = {}
    for one in ones:
        at = [value for value in found if directed.get(one.name) and _stands_after(directed[one.name], str(value), message)]
        if len(at) == 1:
            told[one.name] = at[0]
    if not told and len(found) == len(ones) and _in_order(type_):
        told = dict(zip((one.name for one in ones), found, strict=True))
    return told


def _in_order(type_: InputType) -> bool:
    """Days and times of one sentence come in the order of time, as do those of a form."""
    return type_ in (InputType.DATE, InputType.TIME)


_FROM = ("from", "origin", "start", "departure", "depart", "leaving", "pickup", "source", "von", "abfahrt", "desde")
_TO = ("to", "destination", "end", "arrival", "dropoff", "return", "recipient", "target", "nach", "ziel", "hasta")


_BEFORE_A_NAME = (
    "in",
    "at",
    "to",
    "from",
    "by",
    "with",
    "called",
    "named",
    "near",
    "for",
    "bei",
    "aus",
    "nach",
    "zu",
    "chez",
    "en",
)


def _way(one: Input) -> tuple[str, ...]:
    """The words that stand before a value of this input: *from* a start, *to* an end."""
    words = set(words_only(f"{one.name.replace('_', ' ')} {one.label}").split())
    if words & set(_FROM):
        return ("from", "leaving", "out of", "starting in", "von", "aus", "desde")
    if words & set(_TO):
        return ("to", "into", "towards", "in", "nach", "a", "hasta")
    return ()


def _stands_after(words: Sequence[str], value: str, message: str) -> bool:
    return re.search(rf"(?<!\w)(?:{'|'.join(words)})\s+(?:the\s+)?{re.escape(value)}(?!\w)", message, re.IGNORECASE) is not None


def _without_doubles(inputs: Sequence[Input], told: dict[str, Value]) -> dict[str, Value]:
    """Without a number that two inputs would take: whose it is has to be asked."""
    by_name = {one.name: one for one in inputs}
    digits = [str(value) for value in told.values() if str(value).isdigit()]
    return {
        name: value
        for name, value in told.items()
        if not (str(value).isdigit() and digits.count(str(value)) > 1 and by_name[name].type is not InputType.CODE)
    }


def _values(one: Input, type_: InputType, message: str, language: str, today: date | None) -> Iterator[str | int | float]:
    if type_ is InputType.DATE:
        yield from (day.isoformat() for day in days_in(message, today))
        return
    for candidate in candidates(one, message, language):
        try:
            value = value_of(one, candidate, today)
        except ValueError:
            continue
        if isinstance(value, str | int | float):
            yield value


def _whole(one: Input, message: str, language: str) -> list[str]:
    """The message as a value: freed of courtesies and of what leads up to it where it is short."""
    if one.type is InputType.NAME:
        return _name_in(one, message, language)
    return [_bare(message, language)] if one.type is InputType.TEXT else [message]


def _name_in(one: Input, message: str, language: str) -> list[str]:
    """The only name of a message, the one after the word that fits the input, or a short answer as it stands."""
    short = _bare(message, language)
    if len(short.split()) <= SHORT // 2 and "?" not in short:
        return [short]
    names = list(dict.fromkeys(proper_names(message, language)))
    if len(names) > 1 and (way := _way(one)):
        names = [name for name in names if _stands_after(way, name, message)]
    if len(names) == 1:
        return names
    return [short] if not names and len(short.split()) <= SHORT else []


def _bare(message: str, language: str) -> str:
    matter = read(message, language).matter.strip()
    bare = _PREPOSITION.sub("", _LEAD.sub("", matter)).strip()
    if not bare or len(bare.split()) > SHORT:
        return message
    return bare.removesuffix(" please").rstrip(" ,!") if bare.endswith("please") else bare.rstrip(" ,!").removesuffix(".")


def _list_in(one: Input, message: str, language: str, today: date | None) -> Value | None:
    if one.type in KINDS:
        found = [_right(one, candidate, today) for candidate in _listed(one, message, language)]
        return [value for value in found if value is not None] or None
    if one.type is InputType.CHOICE:
        wanted = f" {words_only(message)} "
        return [choice for choice in one.choices if f" {words_only(choice)} " in wanted] or None
    try:
        return value_of(one, parts_of(_LEAD.sub("", message)) if not message.lstrip().startswith("[") else message, today)
    except ValueError:
        return None


def _listed(one: Input, message: str, language: str) -> list[str]:
    """Each value once for each time it is written; codes are found in two ways, so the words of the message count."""
    if one.type is not InputType.CODE:
        return candidates(one, message, language)
    return re.findall(r"[A-Za-z0-9][A-Za-z0-9/._#-]*", message)


def _right(one: Input, written: str, today: date | None) -> Value | None:
    try:
        return value_of(one.model_copy(update={"many": False, "empty": False}), written, today)
    except ValueError:
        return None


def _is_yes_or_no(one: Input) -> bool:
    return {choice.casefold() for choice in one.choices} in ({"true", "false"}, {"yes", "no"})


def _yes_or_no(one: Input, message: str, language: str) -> str | None:
    """The choice between *True* and *False* that a yes or no is."""
    if not _is_yes_or_no(one):
        return None
    reading = read(message, language)
    if reading.agrees == reading.declines:
        return None
    return next(choice for choice in one.choices if (choice.casefold() in ("true", "yes")) is reading.agrees)
