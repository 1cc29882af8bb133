"""Shapes of ``short_answers.toml`` and ``questions.toml``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from firstline.demo.reading import STRICT


@dataclass(frozen=True)
class ShortAnswer:
    """One question with its approved answer."""

    id: str
    question: str
    answer: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Answerable:
    """A question that the help centre answers. Each of ``answers``, slugs and short answers' ids, is enough by itself."""

    text: str
    answers: tuple[str, ...]
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Uncovered:
    """A plausible question that the help centre says nothing about; ``near`` names what could tempt to guess."""

    text: str
    near: tuple[str, ...]
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class PersonRequest:
    """Somebody asks for a person."""

    text: str
    language: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Courtesy:
    """Words that want neither knowledge nor a person."""

    text: str
    kind: Literal["greeting", "thanks", "goodbye", "smalltalk"]
    __pydantic_config__: ClassVar = STRICT
