"""Testing an action with sample inputs (AC6). The call is real: the other system cannot tell it from another one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from firstline.agent.actions import templates
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.commands import secrets_of, which
from firstline.agent.actions.definition import INPUTS, BuiltIn, Definition, Http, Mcp
from firstline.agent.actions.inputs import Input
from firstline.agent.actions.inputs.filling import fill
from firstline.agent.actions.inputs.schemas import described
from firstline.agent.actions.wording import told
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Invalid, Rejected, Retry, Unknown
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor


@dataclass(frozen=True)
class Tried:
    """What a test found. ``request`` is what was asked, without secrets; ``message`` says what is wrong and what to do."""

    works: bool
    message: str
    request: str = ""
    status: str = ""
    facts: Mapping[str, str] | None = None
    told: str = ""
    answer: str = ""
    ms: int = 0


@dataclass(frozen=True)
class Offered:
    """A tool of an MCP server, with the inputs that its schema makes and what could not be taken over."""

    name: str
    description: str
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]
    repeatable: bool


class Trying:
    """Tests actions, and asks tool servers what they offer."""

    def __init__(self, database: Database, keyring: Keyring, caller: Caller) -> None:
        self.database = database
        self.keyring = keyring
        self.caller = caller

    async def run(self, action_id: str, given: Mapping[str, Any], *, by: Actor) -> Tried:
        """Call once with sample inputs; inputs of the contact are given like the others.

        :raises Invalid: naming the first input that is missing or wrong. :raises Forbidden: without permission or seat.
        """
        definition, secrets = await self.database.tx(self._load, action_id, by)
        if isinstance(definition.does, BuiltIn):
            raise Invalid("What Firstline does itself calls no other system: try it in a conversation.", field="arguments")
        values = _values(definition, given, self.database.clock.now().date())
        request = _request(definition, values)
        began = time.perf_counter()
        try:
            result = await self.caller.call(definition, values, secrets, new_id("try"))
        except (Retry, Rejected, Unknown) as no:
            return Tried(False, no.reason, request, ms=_since(began))
        named = [label for label in definition.results if label not in result.facts]
        message = (
            f"It works, but the answer has nothing at {', '.join(definition.results[one] for one in named)}."
            if named
            else "It works."
        )
        words = told(definition, result.facts, values, "en", "friendly")
        return Tried(not named, message, request, result.status, result.facts, words, result.answer, _since(began))

    async def tools(self, server: Mcp, secrets: Mapping[str, str], *, by: Actor, action_id: str | None = None) -> list[Offered]:
        """What an MCP server offers. Secrets that are kept for an action count where none is given.

        :raises Rejected: with what is wrong, for people. :raises Forbidden: without permission or seat.
        """
        by.require_agent_editor()
        kept = await self.database.tx(secrets_of, self.keyring, action_id) if action_id else {}
        found = await self.caller.tools(server.url, server.headers, {**kept, **secrets}, server.timeout)
        read = [(one, described(one.schema, INPUTS)) for one in found]
        return [Offered(one.name, one.description, it.inputs, it.notes, one.repeatable) for one, it in read]

    def _load(self, tx: Tx, action_id: str, by: Actor) -> tuple[Definition, dict[str, str]]:
        by.require_agent_editor()
        found = which(tx, self.keyring, action_id)
        if found.missing_secrets:
            raise Invalid(f"Enter the secret {', '.join(sorted(found.missing_secrets))} first.", field="secrets")
        return found.definition, secrets_of(tx, self.keyring, action_id)


def _values(definition: Definition, given: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    plain = tuple(one.model_copy(update={"of_contact": ""}) for one in definition.inputs)
    said = {name: value for name, value in given.items() if value != "" or any(one.required for one in plain if one.name == name)}
    filled = fill(plain, said, {}, today)
    if filled.wrong:
        raise Invalid(filled.wrong[0].why, field=f"arguments.{filled.wrong[0].input.name}")
    if filled.missing:
        raise Invalid(f"Enter {filled.missing[0].called}.", field=f"arguments.{filled.missing[0].name}")
    return filled.values


def _request(definition: Definition, values: Mapping[str, Any]) -> str:
    if isinstance(definition.does, Http):
        return f"{definition.does.method} {templates.address(definition.does.url, values)}"
    return "" if isinstance(definition.does, BuiltIn) else f"{definition.does.tool} at {definition.does.url}"


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
