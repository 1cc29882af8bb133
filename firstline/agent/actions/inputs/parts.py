"""The parts of a message that may be a value: numbers, codes, names, addresses. Pure."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from firstline.agent.actions.inputs import Input, InputType
from firstline.agent.actions.inputs.moments import spoken_number, time_in
from firstline.agent.facts.reading import Fact, Kind, facts
from firstline.agent.facts.values import word_value
from firstline.agent.models.lexicon import words_of, words_only

KINDS: Mapping[InputType, frozenset[Kind]] = {
    InputType.EMAIL: frozenset({Kind.EMAIL}),
    InputType.PHONE: frozenset({Kind.PHONE}),
    InputType.LINK: frozenset({Kind.LINK}),
    InputType.CODE: frozenset({Kind.CODE}),
    InputType.INTEGER: frozenset({Kind.NUMBER}),
    InputType.NUMBER: frozenset({Kind.NUMBER, Kind.MONEY}),
}
_NAME_WORD = r"(?:[A-ZÀ-Þ]\.(?=\s)|[A-ZÀ-Þ][\w'’&-]*(?:\.(?=\w)[\w'’&-]+)*)"
_CAPITALS = re.compile(
    rf"(?<![\w'’]){_NAME_WORD}(?:(?:\s+(?:of|the|and|de|del|la|las|los|du|da|di|van|von|der|on|at|&))?\s+(?:{_NAME_WORD}|\d+\b(?!\s*[:%])))*"
    rf"(?:,\s[A-Z]{{2}}\b)?"
)


def candidates(one: Input, message: str, language: str) -> list[str]:
    """The parts of a message that may be a value of this kind."""
    if one.type is InputType.TIME:
        return [at] if (at := time_in(message)) is not None else []
    if one.type is InputType.NAME:
        return list(proper_names(message, language))
    if one.type is InputType.CODE:
        found = [fact.written for fact in facts(message) if fact.kind is Kind.CODE]
        return found + re.findall(r"[A-Za-z0-9][A-Za-z0-9/._#-]*", message)
    if one.type in (InputType.INTEGER, InputType.NUMBER) and not one.many:
        return _numbers(one, message)
    found = []
    for fact in facts(message):
        if fact.kind not in KINDS.get(one.type, frozenset()):
            continue
        found.append(_counted(fact))
    return found


_COUNTED = re.compile(r"(?<![\w.,:])(\d{1,6}|[a-z]{3,9})[\s-]+([a-zà-ÿ]{3,})", re.IGNORECASE)


def _numbers(one: Input, message: str) -> list[str]:
    """The number of a message: the one that counts what the input is called (*3 days*), else the only one."""
    if (spoken := spoken_number(message)) is not None:
        return [str(spoken)]
    called = {_stem(word) for word in f"{one.name.replace('_', ' ')} {one.label}".lower().split()}
    beside = {found[1] for found in _COUNTED.finditer(message) if _stem(found[2].lower()) in called}
    counted = [str(value) for it in sorted(beside) if (value := int(it) if it.isdigit() else word_value(it.lower())) is not None]
    if counted:
        return counted if len(counted) == 1 else []
    found = [fact for fact in facts(message) if fact.kind in (Kind.NUMBER, Kind.MONEY, Kind.DURATION)]
    written = [_counted(fact) for fact in found if fact.kind is not Kind.MONEY or one.type is InputType.NUMBER]
    return written if len(set(written)) == 1 else []


def _counted(fact: Fact) -> str:
    if fact.kind is Kind.DURATION:
        first = re.split(r"[\s-]", fact.written, maxsplit=1)[0]
        return str(word_value(first.lower()) or first)
    only = next(iter(fact.values)) if len(fact.values) == 1 and fact.kind is Kind.NUMBER else None
    return format(only, "f") if isinstance(only, Decimal) else fact.written


def _stem(word: str) -> str:
    return word.rstrip("s")


def proper_names(message: str, language: str) -> Iterator[str]:
    """Names in a message, several words of one together; a capital that only begins a sentence, a day and a month are none."""
    stop = words_of(language).stop
    days = {fact.start + at for fact in facts(message) if fact.kind in _NO_NAMES for at in range(len(fact.written))}
    for found in _CAPITALS.finditer(message):
        words = found[0].rstrip(".,'’-").split()
        begins = re.search(r"(?:^|[.!?:\n]\s*)$", message[: found.start()]) is not None
        while words and (words[0].lower() in stop or (begins and len(words) == 1 and len(message.split()) > 3)):
            words, begins = words[1:], False
        name = " ".join(words)
        start = message.find(name, found.start())
        if len(name) > 1 and words_only(name) not in stop and not days.intersection(range(start, start + len(name))):
            yield name


_NO_NAMES = frozenset({Kind.DATE, Kind.WEEKDAY, Kind.TIME, Kind.LINK, Kind.EMAIL, Kind.MONEY})
