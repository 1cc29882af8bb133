"""Shapes of ``people.toml``: the company, its teams and teammates, and the customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from firstline.contacts.rules import IdentityKind
from firstline.demo.reading import STRICT


@dataclass(frozen=True)
class Company:
    """The company and its agent. ``languages`` are those it answers in."""

    name: str
    timezone: str
    languages: tuple[str, ...]
    site: str
    agent: str
    welcome: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Team:
    """Teammates who share work."""

    id: str
    name: str
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Teammate:
    """Somebody who uses Firstline. ``team`` is the main team, ``helps`` are others."""

    id: str
    name: str
    email: str
    title: str
    role: str
    team: str
    helps: tuple[str, ...]
    seat: bool
    available: bool
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class KnownBy:
    """One identity of a customer."""

    kind: IdentityKind
    value: str
    verified: bool = False
    __pydantic_config__: ClassVar = STRICT


@dataclass(frozen=True)
class Customer:
    """A contact. The first identity is the one live chat knows them by; without a name they are a stranger."""

    id: str
    language: str
    identities: tuple[KnownBy, ...]
    name: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    __pydantic_config__: ClassVar = STRICT
