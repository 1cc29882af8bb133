"""What a model writes, read forgivingly: the form it is asked for, and what can be made of something else. Pure.

Weak models fence their JSON, forget to close it, number sources in their own way or write plain sentences. What can be
understood is taken; the rest is :class:`Unreadable`, and is asked for once more.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

DECISIONS = ("answer", "clarify", "act", "handoff", "quiet")
SEGMENTS = 40
TEXT = 8_000
OPTIONS = 5

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["decision", "segments", "question", "options", "action", "arguments", "reason", "guidelines", "confidence"],
    "properties": {
        "decision": {"type": "string", "enum": list(DECISIONS)},
        "segments": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "sources"],
                "properties": {"text": {"type": "string"}, "sources": {"type": "array", "items": {"type": "string"}}},
            },
        },
        "question": {"type": "string"},
        "options": {"type": "array", "items": {"type": "string"}},
        "action": {"type": "string"},
        "arguments": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "value"],
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
            },
        },
        "reason": {"type": "string"},
        "guidelines": {"type": "array", "items": {"type": "string"}},
        "confidence": {"type": "number"},
    },
}

_SAME = {
    "reply": "answer", "respond": "answer", "response": "answer", "answered": "answer", "ask": "clarify", "question": "clarify",
    "clarification": "clarify", "hand_off": "handoff", "hand off": "handoff", "escalate": "handoff", "transfer": "handoff",
    "human": "handoff", "silent": "quiet", "none": "quiet",
}  # fmt: skip
_MARK = re.compile(r"\s*[\[(](P?\d{1,2}(?:\s*[,;]\s*P?\d{1,2})*)[\])]")
_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*|\s*```\s*$")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.DOTALL)
_SPECIAL = re.compile(r"<\|[^|>]{1,40}\|>")


class Unreadable(Exception):
    """Nothing can be made of it; the message says what was expected."""


@dataclass(frozen=True)
class Piece:
    """A part of an answer with the sources it names (P1, P2 …)."""

    text: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """What a model decided."""

    decision: str
    pieces: tuple[Piece, ...] = ()
    question: str = ""
    options: tuple[str, ...] = ()
    reason: str = ""
    guidelines: tuple[str, ...] = ()
    confidence: float = 0.7
    repaired: bool = False
    action: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


def read_output(raw: str) -> Said:
    """Understand what a model wrote.

    :raises Unreadable: if it holds neither the form nor sentences.
    """
    text = _SPECIAL.sub("", _THOUGHT.sub("", raw.replace("\x00", ""))).strip()
    text = _FENCE.sub("", text).strip()
    start = text.find("{")
    if start < 0:
        return _sentences(text)
    found = _json(text[start:])
    if found is None:
        if start > 40 and '"' not in text[:start]:
            return _sentences(text[:start])
        raise Unreadable("The JSON could not be read.")
    return _said(found, repaired=start > 0 or not text.endswith("}"))


def _json(text: str) -> Mapping[str, Any] | None:
    """The first object of a text, also when it is cut off or something follows it."""
    for candidate in (text, text[: text.rfind("}") + 1], _first_object(text)):
        if not candidate:
            continue
        try:
            found = from_json(candidate, allow_partial="trailing-strings")
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and found:
            return found
    return None


def _first_object(text: str) -> str:
    depth, quoted, escaped = 0, False, False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = quoted
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return text[: place + 1]
    return ""


def _said(found: Mapping[str, Any], *, repaired: bool) -> Said:
    pieces = _pieces(found)
    question = _text(found.get("question") or found.get("clarification"))
    decision = _text(found.get("decision")).lower()
    decision = _SAME.get(decision, decision)
    if decision not in DECISIONS:
        repaired = True
        decision = "answer" if pieces else "clarify" if question else ""
    if decision == "answer" and not pieces:
        decision, repaired = ("clarify" if question else ""), True
    if decision == "clarify" and not question:
        question, repaired = " ".join(piece.text for piece in pieces), True
    if decision == "act" and not _text(found.get("action")):
        decision, repaired = ("answer" if pieces else "clarify" if question else ""), True
    if not decision or (decision == "clarify" and not question):
        raise Unreadable("It has neither an answer nor a question.")
    return Said(
        decision,
        pieces,
        question,
        tuple(_texts(found.get("options")))[:OPTIONS],
        _text(found.get("reason"))[:300],
        tuple(_texts(found.get("guidelines")))[:SEGMENTS],
        _share(found.get("confidence")),
        repaired,
        _text(found.get("action")),
        _arguments(found.get("arguments")),
    )


def _arguments(given: Any) -> dict[str, Any]:
    """Arguments as a list of names and values, or as an object. What a value may be is the action's to say."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        listed = given if isinstance(given, list) else []
        pairs = [(one.get("name"), one.get("value")) for one in listed if isinstance(one, Mapping)]
    kept = [(name, value) for name, value in pairs if isinstance(name, str) and value is not None]
    return {name: value[:500] if isinstance(value, str) else value for name, value in kept[:SEGMENTS]}


def _pieces(found: Mapping[str, Any]) -> tuple[Piece, ...]:
    given = found.get("segments")
    if not isinstance(given, list):
        given = next((found[name] for name in ("answer", "text", "response", "reply", "message") if found.get(name)), given)
    if isinstance(given, str):
        return _marked(given)
    pieces: list[Piece] = []
    for one in given[:SEGMENTS] if isinstance(given, list) else ():
        if isinstance(one, str):
            pieces += _marked(one)
        elif isinstance(one, Mapping) and (text := _text(one.get("text"))):
            named = _sources(one.get("sources") or one.get("citations"))
            marked = _marked(text)
            pieces += [Piece(part.text, part.sources or named) for part in marked]
    return tuple(piece for piece in pieces if piece.text)


def _sentences(text: str) -> Said:
    """Plain words are an answer, with the marks they may carry."""
    if sum(letter.isalpha() for letter in text) < 8:
        raise Unreadable("It is no sentence.")
    return Said("answer", _marked(text[:TEXT]), repaired=True)


def _marked(text: str) -> tuple[Piece, ...]:
    """A text with [P1] marks as pieces: each mark belongs to what stands before it."""
    pieces, at = [], 0
    for mark in _MARK.finditer(text):
        before = text[at : mark.start()].strip()
        sources = _sources(re.split(r"\s*[,;]\s*", mark[1]))
        if before.strip(" .,;:!?"):
            pieces.append(Piece(before, sources))
        elif pieces:
            pieces[-1] = Piece(pieces[-1].text, (*pieces[-1].sources, *sources))
        at = mark.end()
        if pieces and at < len(text) and text[at] in ".!?;," and not pieces[-1].text.endswith((".", "!", "?")):
            pieces[-1] = Piece(pieces[-1].text + text[at], pieces[-1].sources)
            at += 1
    if rest := text[at:].strip():
        pieces.append(Piece(rest))
    return tuple(pieces)


def _sources(given: Any) -> tuple[str, ...]:
    found = []
    for one in given if isinstance(given, Sequence) and not isinstance(given, str) else [given]:
        digits = re.search(r"\d{1,3}", str(one)) if isinstance(one, str | int) and not isinstance(one, bool) else None
        if digits:
            found.append(f"P{int(digits[0])}")
    return tuple(dict.fromkeys(found))


def _text(value: Any) -> str:
    return value.strip()[:TEXT] if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        value = [value]
    return [text for one in value if (text := _text(one))] if isinstance(value, list) else []


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return 0.7
    return min(max(float(value) / (100 if value > 1 else 1), 0.0), 1.0)
