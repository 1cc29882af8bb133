"""Calls to other systems: the only code of actions that uses the network (AC1, AC4, AC6)."""

import asyncio
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firstline.agent.actions import templates
from firstline.agent.actions.definition import Definition, Http, Mcp
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.outbound import Answer, Outbound, Oversized, Unreachable

if TYPE_CHECKING:
    from firstline.agent.actions.tool_server import Tool

LARGEST = 256_000
"""Bytes of an answer."""
SHOWN = 4_000
"""Characters of it that a test shows."""


@dataclass(frozen=True)
class Result:
    """What came back: the facts that the action names, and for whoever tests it the answer's status and beginning."""

    facts: Mapping[str, str]
    status: str
    answer: str = ""


class Caller:
    """Makes calls through the outbound guard."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self.allow_private = allow_private

    async def call(self, definition: Definition, values: Mapping[str, Any], secrets: Mapping[str, str], key: str) -> Result:
        """Make one call. ``key`` goes along as Idempotency-Key (draft-ietf-httpapi-idempotency-key-header).

        :raises Retry: nothing was sent, or the other system said that it is busy. :raises Rejected: it said no.
        :raises Unknown: it may have been carried out.
        """
        does = definition.does
        if isinstance(does, Http):
            return _result(definition, await self._http(does, values, secrets, key))
        if isinstance(does, Mcp):
            headers = {"Idempotency-Key": key, **_headers(does, values, secrets)}
            # The mcp package is a sixth of all that a process would load at its start, and few accounts use it.
            server = await asyncio.to_thread(importlib.import_module, "firstline.agent.actions.tool_server")
            given = definition.tool_arguments(values)
            answer = await server.call_tool(does, given, headers, allow_private=self.allow_private)
            return Result(_facts(definition, answer), "ok", json.dumps(answer, ensure_ascii=False, indent=2)[:SHOWN])
        raise Rejected(f"{definition.name} calls no other system.")

    async def tools(self, url: str, headers: Mapping[str, str], secrets: Mapping[str, str], timeout: int) -> "list[Tool]":
        """The tools that an MCP server offers.

        :raises Rejected: with what is wrong, for people.
        """
        server = await asyncio.to_thread(importlib.import_module, "firstline.agent.actions.tool_server")
        sent = {name: templates.header(text, {}, secrets) for name, text in headers.items()}
        found: list[Tool] = await server.list_tools(url, sent, timeout=timeout, allow_private=self.allow_private)
        return found

    async def _http(self, does: Http, values: Mapping[str, Any], secrets: Mapping[str, str], key: str) -> Answer:
        headers = {"Accept": "application/json", "Idempotency-Key": key}
        try:
            content = templates.body(does.body, values, secrets)
        except ValueError as error:
            raise Rejected(f"The body of the request is no JSON: {error}") from None
        if content is not None:
            headers["Content-Type"] = "application/json"
        headers |= _headers(does, values, secrets)
        url = templates.address(does.url, values)
        async with Outbound(allow_private=self.allow_private, follow_redirects=False) as outbound:
            try:
                answer = await outbound.request(
                    does.method, url, headers=headers, content=content, most=LARGEST, seconds=does.timeout
                )
            except Oversized as much:
                if does.method == "GET":
                    raise
                raise Unknown(f"It answered with more than {LARGEST // 1000} kB.") from much
            except Unreachable as nobody:
                raise Retry(5.0, nobody.reason) from None
            except Retry as silence:
                raise Unknown(silence.reason) from None
        return _accepted(answer)


def _headers(does: Http | Mcp, values: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: templates.header(text, values, secrets) for name, text in does.headers.items()}


def _accepted(answer: Answer) -> Answer:
    if answer.status in (408, 425, 429, 503):
        raise Retry(10.0, f"It answered {answer.status}: it is busy.")
    if answer.status >= 500:
        raise Unknown(f"It answered {answer.status}.")
    if answer.status >= 300:
        detail = answer.body[:200].decode("utf-8", "replace").strip()
        raise Rejected(f"It answered {answer.status}: {detail}" if detail else f"It answered {answer.status}.")
    return answer


def _result(definition: Definition, answer: Answer) -> Result:
    try:
        body = json.loads(answer.body) if answer.body.strip() else None
    except (ValueError, RecursionError):
        body = None
    return Result(_facts(definition, body), str(answer.status), answer.body[:SHOWN].decode("utf-8", "replace"))


def _facts(definition: Definition, body: Any) -> dict[str, str]:
    found = {label: templates.as_fact(templates.at(body, path)) for label, path in definition.results.items()}
    return {label: fact for label, fact in found.items() if fact is not None}
