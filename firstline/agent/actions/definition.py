"""What an action is: when it is used, what it needs, what it does, and under which protection (AC1, AC3, AC5). Pure."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from firstline.agent.actions.inputs import Input
from firstline.agent.actions.templates import places, secrets_in

TIMEOUT = 15
"""Seconds that a call may take unless the action says otherwise."""
LEAD_CRITERIA = 5
INPUTS = 30
"""Inputs of one action."""


class Protection(StrEnum):
    """What has to hold before a call is made; checked by code, at the call."""

    NONE = "none"
    MATCH = "match"
    """The channel itself knows who the customer is: a signed visitor, an authenticated sender, a phone or page identity."""
    VERIFY = "verify"
    """The customer entered a one-time code that was sent to an address on file."""
    APPROVE = "approve"
    """A teammate approved this very call in the inbox."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Http(_Part):
    """An HTTP request. ``{order_number}`` stands for an input, ``{secret:KEY}`` for a secret."""

    kind: Literal["http"] = "http"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(min_length=8, max_length=2000, pattern=r"^https?://\S+$", description="Address, with {inputs} in it.")
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")], Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict, max_length=20, description="Headers; secrets belong here."
    )
    body: str = Field(default="", max_length=20_000, description="JSON, with “{input}” as values.")
    honours_key: bool = Field(
        default=False,
        description="Whether the other system carries out a request with the same Idempotency-Key only once. Then an "
        "interrupted call is repeated; otherwise its outcome is unknown and a person is asked.",
    )
    timeout: int = Field(default=TIMEOUT, ge=1, le=60, description="Seconds.")

    @field_validator("url")
    @classmethod
    def _host_is_fixed(cls, url: str) -> str:
        host = url.split("://", 1)[1].split("/", 1)[0].split("?", 1)[0]
        if "{" in host or "@" in host or "\\" in host:
            raise ValueError("the host of the address cannot be an input, and holds no sign-in")
        return url

    @property
    def repeatable(self) -> bool:
        """Whether an interrupted call may be made again."""
        return self.method == "GET" or self.honours_key


class Mcp(_Part):
    """A tool of an MCP server (modelcontextprotocol.io), reached over streamable HTTP."""

    kind: Literal["mcp"] = "mcp"
    url: str = Field(min_length=8, max_length=2000, pattern=r"^https?://\S+$", description="Address of the server.")
    tool: str = Field(min_length=1, max_length=120, description="Name of the tool.")
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")], Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict, max_length=20
    )
    timeout: int = Field(default=TIMEOUT, ge=1, le=60)
    repeatable: bool = Field(default=False, description="Whether the tool may be called again after an interruption.")


class BuiltIn(_Part):
    """Something that Firstline does itself."""

    kind: Literal["built_in"] = "built_in"
    verb: Literal["look_up_contact", "update_contact", "create_ticket", "schedule_callback", "qualify_lead", "transfer"]
    destination: dict[str, object] | None = Field(default=None, description="Of a ticket, callback or transfer: {kind, ids}.")
    properties: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], ...] = Field(
        default=(), max_length=20, description="Properties of the contact that are told, or that the inputs change."
    )

    @property
    def repeatable(self) -> bool:
        """What runs in one transaction either happened or did not."""
        return True


Does = Annotated[Http | Mcp | BuiltIn, Field(discriminator="kind")]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-\[\]]{1,120}$")]


class Definition(_Part):
    """One action of an agent."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="Unique in the agent, such as order_status.")
    title: str = Field(min_length=1, max_length=80, description="What teammates and customers call it.")
    when: str = Field(min_length=1, max_length=500, description="When to use it, in plain language.")
    examples: tuple[Annotated[str, Field(min_length=1, max_length=300)], ...] = Field(
        default=(), max_length=30, description="Messages of customers that call for it."
    )
    inputs: tuple[Input, ...] = Field(default=(), max_length=INPUTS)
    does: Does
    protection: Protection = Protection.NONE
    confirm: bool = Field(default=False, description="Whether the customer is shown what will be done and asked first.")
    results: dict[Annotated[str, Field(min_length=1, max_length=60)], Path] = Field(
        default_factory=dict, max_length=20, description="Facts of the answer, by label, with their path such as order.status."
    )
    tell: str = Field(
        default="", max_length=1000, description="What the customer is told, with {label} for facts; empty: the facts as a list."
    )
    enabled: bool = True

    @field_validator("inputs")
    @classmethod
    def _differ(cls, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
        names = [one.name for one in inputs]
        if len(set(names)) != len(names):
            raise ValueError("two inputs have the same name")
        paths = [one.path for one in inputs]
        for path in paths:
            if any(other is not path and other[: len(path)] == path for other in paths):
                raise ValueError(f"two inputs stand at {'.'.join(path)} of the tool, or one within the other")
        return inputs

    @model_validator(mode="after")
    def _fits_together(self) -> "Definition":
        known = {one.name for one in self.inputs}
        if isinstance(self.does, Http):
            used = (
                places(self.does.url)
                | places(self.does.body)
                | {name for text in self.does.headers.values() for name in places(text)}
            )
            if unknown := sorted(used - known):
                raise ValueError(f"there is no input called {', '.join(unknown)}")
        if isinstance(self.does, BuiltIn) and self.does.verb == "qualify_lead" and not 1 <= len(self.inputs) <= LEAD_CRITERIA:
            raise ValueError(f"qualifying a lead takes 1 to {LEAD_CRITERIA} inputs, one a criterion")
        told = set(re.findall(r"\{([^{}]+)\}", self.tell))
        if unknown := sorted(told - set(self.results) - known):
            raise ValueError(f"what the customer is told names {', '.join(unknown)}, which is neither a result nor an input")
        return self

    def tool_arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as an MCP tool takes them: each at its place, objects made as they are needed."""
        made: dict[str, Any] = {}
        for one in self.inputs:
            if one.name in values:
                inner = made
                for step in one.path[:-1]:
                    inner = inner.setdefault(step, {})
                inner[one.path[-1]] = values[one.name]
        return made

    @property
    def changes(self) -> bool:
        """Whether it may change something. A tool of an MCP server may: its own word that it does not is another's word."""
        reads = isinstance(self.does, Http) and self.does.method == "GET"
        return not reads and not (isinstance(self.does, BuiltIn) and self.does.verb == "look_up_contact")

    def needs_word(self, *, by_model: bool) -> bool:
        """Whether the customer is asked before the call: where the company wants it, and where a model proposed a change.

        A model reads what pages, mails and other systems say: what it proposes need not be what the customer wants.
        """
        return self.confirm or (by_model and self.changes)

    @property
    def secret_names(self) -> frozenset[str]:
        """The secrets that its headers and body name."""
        if isinstance(self.does, BuiltIn):
            return frozenset()
        texts = [*self.does.headers.values(), self.does.body if isinstance(self.does, Http) else ""]
        return frozenset(name for text in texts for name in secrets_in(text))
