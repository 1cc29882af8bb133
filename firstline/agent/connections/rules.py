"""What a connection is, what a call costs, and whether it may be made: pure (AN4, SW7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from firstline.agent.connections.known import PROVIDERS

MICROS = 1_000_000
"""Money is counted in millionths of the account's currency for models: providers price in dollars."""
MOST = 10**12
WARN_AT = (75, 100)


class ConnectionSettings(BaseModel):
    """How a model is reached, and what it costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", max_length=80, description="What it is called here; empty for provider and model.")
    provider: str = Field(description=f"One of {', '.join(PROVIDERS)}.")
    model: str = Field(min_length=1, max_length=200, description="The model's name at the provider.")
    base_url: str | None = Field(default=None, max_length=500, description="Where the provider is, up to /v1.")
    output: Literal["auto", "schema", "text"] = Field(
        default="auto",
        description="“schema” makes the provider hold the model to the form of an answer; “text” only asks for it; "
        "“auto” tries the first and remembers.",
    )
    seconds: float = Field(default=20.0, ge=1, le=240, description="Longest time one answer may take, in seconds.")
    max_tokens: int = Field(default=900, ge=50, le=32_000, description="Longest answer, in tokens.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Empty for the provider's own.")
    input_price: float = Field(default=0.0, ge=0, le=10_000, description="Price of a million tokens read.")
    output_price: float = Field(default=0.0, ge=0, le=10_000, description="Price of a million tokens written.")

    @field_validator("provider")
    @classmethod
    def _known(cls, provider: str) -> str:
        if provider not in PROVIDERS:
            raise ValueError(f"there is no provider “{provider}”; choose one of {', '.join(PROVIDERS)}")
        return provider

    @field_validator("model", "name")
    @classmethod
    def _plain(cls, value: str) -> str:
        return " ".join(value.split())

    @field_validator("base_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is None or not url.strip():
            return None
        url = url.strip().rstrip("/")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(f"“{url}” is no address; give it as https://host/v1")
        if parts.username or parts.password:
            raise ValueError("leave the user and password out of the address; the key has its own field")
        if (parts.hostname or "").startswith("169.254."):
            raise ValueError(f"{parts.hostname} is a link-local address, which no model server has")
        return url

    @model_validator(mode="after")
    def _complete(self) -> "ConnectionSettings":
        if PROVIDERS[self.provider].needs_url and not self.base_url:
            raise ValueError(f"{PROVIDERS[self.provider].name} needs its address. {PROVIDERS[self.provider].hint}")
        return self

    @property
    def id(self) -> str:
        """``provider:model``, as traces and reports name it."""
        return f"{self.provider}:{self.model}"

    @property
    def label(self) -> str:
        """What people read."""
        return self.name or f"{PROVIDERS[self.provider].name} {self.model}"


class Choice(BaseModel):
    """What one agent thinks with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    primary: str | None = Field(default=None, description="Id of the connection; null for the built-in answerer.")
    fallback: str | None = Field(default=None, description="Id of the connection that steps in when the first fails.")
    mask: bool = Field(default=False, description="Whether personal data is replaced before a model sees it (AN7).")

    @model_validator(mode="after")
    def _in_order(self) -> "Choice":
        if self.fallback and not self.primary:
            raise ValueError("choose the first model before the one that steps in for it")
        if self.fallback and self.fallback == self.primary:
            raise ValueError("a model cannot step in for itself; choose another one or none")
        return self


class Limit(BaseModel):
    """How much may be spent on models in a calendar month; empty for no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = Field(default=None, ge=0, le=MOST, description="Tokens read and written in a month.")
    money: float | None = Field(default=None, ge=0, le=1_000_000, description="Money in a month, in the currency of the prices.")


@dataclass(frozen=True)
class Spent:
    """What calls took: tokens read and written, and money in millionths."""

    input_tokens: int = 0
    output_tokens: int = 0
    micros: int = 0

    @property
    def tokens(self) -> int:
        """Both together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens, self.micros + other.micros)


@dataclass(frozen=True)
class Standing:
    """One limit with what was spent under it; ``scope`` is ``account`` or an agent's id."""

    scope: str
    limit: Limit
    spent: Spent


@dataclass(frozen=True)
class Verdict:
    """Whether a model may be called now, and why not."""

    allowed: bool
    reasons: tuple[str, ...] = ()


def cost(settings: ConnectionSettings, input_tokens: int, output_tokens: int) -> int:
    """What a call costs, in millionths: prices are per million tokens, so a token costs as many millionths as its price says."""
    return round(input_tokens * settings.input_price + output_tokens * settings.output_price)


def may_spend(standings: Sequence[Standing]) -> Verdict:
    """Whether every limit leaves room. At a limit the built-in answerer takes over (SW7)."""
    reasons = []
    for one in standings:
        whose = "the account" if one.scope == "account" else "this agent"
        if one.limit.tokens is not None and one.spent.tokens >= one.limit.tokens:
            reasons.append(f"{whose} has used {one.spent.tokens:,} of {one.limit.tokens:,} tokens this month")
        if one.limit.money is not None and one.spent.micros >= one.limit.money * MICROS:
            reasons.append(f"{whose} has spent {one.spent.micros / MICROS:,.2f} of {one.limit.money:,.2f} this month")
    return Verdict(not reasons, tuple(reasons))


def percent(standing: Standing) -> int | None:
    """How much of the tighter limit is used up, in whole percent; None without a limit."""
    shares = []
    if standing.limit.tokens is not None:
        shares.append(_share(standing.spent.tokens, standing.limit.tokens))
    if standing.limit.money is not None:
        shares.append(_share(standing.spent.micros, round(standing.limit.money * MICROS)))
    return max(shares) if shares else None


def _share(used: int, limit: int) -> int:
    return 100 if limit <= 0 else used * 100 // limit


def crossed(before: int | None, after: int | None) -> tuple[int, ...]:
    """The warning levels that a call crossed."""
    if after is None:
        return ()
    return tuple(level for level in WARN_AT if (before or 0) < level <= after)


def month_of(now: datetime, zone: ZoneInfo) -> str:
    """The calendar month an instant belongs to in the account's time zone, such as ``2026-11``."""
    return now.astimezone(zone).strftime("%Y-%m")
