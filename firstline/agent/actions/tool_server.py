"""Tools of MCP servers (modelcontextprotocol.io), over streamable HTTP and through the outbound guard."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx
import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, PaginatedRequestParams
from mcp.types import Tool as ListedTool

from firstline.agent.actions.definition import Mcp
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.outbound import Outbound

LARGEST = 1_000_000
"""Bytes of one answer, with the protocol around it."""
TOOLS = 200
PAGES = 20


@dataclass(frozen=True)
class Tool:
    """A tool as its server describes it. ``schema`` is whatever the server says that it is."""

    name: str
    description: str
    schema: Mapping[str, Any]
    reads_only: bool
    repeatable: bool


async def call_tool(does: Mcp, given: Mapping[str, Any], headers: Mapping[str, str], *, allow_private: bool) -> Any:
    """Call a tool; its structured answer, or its text.

    :raises Retry: if the server was not reached. :raises Rejected: if it said no, or stands at a private address.
    :raises Unknown: if it may have done it.
    """
    guard = _Guarded()
    began = False
    try:
        async with asyncio.timeout(2 * does.timeout), _session(does.url, headers, guard, does.timeout, allow_private) as session:
            await session.initialize()
            began = True
            answer = await session.call_tool(does.tool, dict(given), read_timeout_seconds=does.timeout)
    except Exception as error:
        why = _first(error)
        if guard.refused is not None:
            raise guard.refused from None
        told = f"The MCP server did not answer as it should: {_words(why)}"[:300]
        if guard.oversized:
            told = f"The MCP server answered with more than {LARGEST // 1000} kB."
        raise (Unknown(told) if began else Retry(5.0, told)) from None
    if not isinstance(answer, CallToolResult):
        raise Rejected("The tool asks for something else than its inputs.")
    return _read(answer)


async def list_tools(url: str, headers: Mapping[str, str], *, timeout: int, allow_private: bool) -> list[Tool]:
    """The tools that a server offers, as many as an account can read through.

    :raises Rejected: with what is wrong, for people.
    """
    guard = _Guarded()
    found: list[Tool] = []
    try:
        async with asyncio.timeout(2 * timeout), _session(url, headers, guard, timeout, allow_private) as session:
            await session.initialize()
            cursor: str | None = None
            for _page in range(PAGES):
                listed = await session.list_tools(params=PaginatedRequestParams(cursor=cursor))
                found += [_tool(one) for one in listed.tools]
                cursor = listed.next_cursor
                if not cursor or len(found) >= TOOLS:
                    break
    except Exception as error:
        if guard.refused is not None:
            raise guard.refused from None
        if guard.oversized:
            raise Rejected(f"The MCP server answered with more than {LARGEST // 1000} kB.") from None
        raise Rejected(f"The MCP server at {url} did not tell its tools: {_words(_first(error))}"[:300]) from None
    return found[:TOOLS]


@contextlib.asynccontextmanager
async def _session(
    url: str, headers: Mapping[str, str], guard: "_Guarded", timeout: int, allow_private: bool
) -> AsyncIterator[ClientSession]:
    async with (
        Outbound(allow_private=allow_private, follow_redirects=False) as outbound,
        httpx2.AsyncClient(transport=guard.behind(outbound.transport), headers=dict(headers), timeout=timeout) as client,
        streamable_http_client(url, http_client=client) as streams,
        _Session(*streams[:2], read_timeout_seconds=timeout) as session,
    ):
        yield session


class _Session(ClientSession):
    """A session that reads an answer as it came.

    The library would list the tools after a call to hold the answer against the server's own schema. What was done was done,
    whatever the server says of its answers; the facts that an action names are read one by one.
    """

    async def validate_tool_result(self, name: str, result: CallToolResult) -> None:
        """Leave it."""


def _tool(one: ListedTool) -> Tool:
    about = one.annotations
    return Tool(
        one.name[:120],
        (one.description or "")[:2_000],
        one.input_schema,
        bool(about and about.read_only_hint),
        bool(about and (about.read_only_hint or about.idempotent_hint)),
    )


def _words(error: BaseException) -> str:
    if isinstance(error, httpx2.ConnectError):
        return f"it cannot be reached ({error})"
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return "it takes too long"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _read(answer: CallToolResult) -> Any:
    texts = [part.text for part in answer.content if part.type == "text"]
    if answer.is_error:
        raise Rejected(f"The tool said no: {' '.join(texts)[:200]}")
    if answer.structured_content is not None:
        return answer.structured_content
    try:
        return json.loads(texts[0]) if texts else None
    except (ValueError, RecursionError):
        return {"text": " ".join(texts)}


def _first(error: BaseException) -> BaseException:
    """The cause in a group of errors, that of a refusal first."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    causes = [_first(one) for one in error.exceptions]
    return next((one for one in causes if isinstance(one, Rejected)), causes[0])


class _Oversized(httpx2.ReadError):
    """An answer went on and on."""


class _Body(httpx2.AsyncByteStream):
    """An answer's body on its way from one client library to the other, unpacked and within its limit."""

    def __init__(self, response: httpx.Response, guard: "_Guarded") -> None:
        self._response = response
        self._guard = guard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._response.aiter_bytes():
            size += len(chunk)
            if size > LARGEST:
                self._guard.oversized = True
                raise _Oversized("too large")
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class _Guarded(httpx2.AsyncBaseTransport):
    """The MCP library speaks through httpx2; the guard is a transport of httpx.

    The library keeps some errors to itself, so what the guard refused is noted here.
    """

    def __init__(self) -> None:
        self._guard: httpx.AsyncBaseTransport | None = None
        self.refused: Rejected | None = None
        self.oversized = False

    def behind(self, guard: httpx.AsyncBaseTransport) -> Self:
        """This, sending through the guard."""
        self._guard = guard
        return self

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the same request through the guard."""
        assert self._guard is not None
        timeout = request.extensions.get("timeout", {})
        passed = httpx.Request(
            request.method,
            str(request.url),
            headers=list(request.headers.multi_items()),
            content=await request.aread(),
            extensions={"timeout": timeout},
        )
        try:
            response = await self._guard.handle_async_request(passed)
        except Rejected as no:
            self.refused = no
            raise httpx2.ConnectError(no.reason) from None
        except httpx.TimeoutException as late:
            raise httpx2.ReadTimeout(str(late)) from None
        except httpx.TransportError as broken:
            raise httpx2.ConnectError(str(broken)) from None
        response.request = passed
        # The body is unpacked on this side, so that the limit holds for what comes out of it.
        headers = [one for one in response.headers.multi_items() if one[0] not in ("content-encoding", "content-length")]
        return httpx2.Response(response.status_code, headers=headers, stream=_Body(response, self))
