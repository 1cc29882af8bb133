"""Tools of MCP servers (modelcontextprotocol.io), over streamable HTTP and through the outbound guard."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from firstline.agent.actions.definition import Mcp
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.kit.outbound import Outbound


async def call_tool(does: Mcp, values: Mapping[str, Any], headers: Mapping[str, str], *, allow_private: bool) -> Any:
    """Call a tool; its structured answer, or its text.

    :raises Retry: if the server was not reached. :raises Rejected: if it said no, or stands at a private address.
    :raises Unknown: if it may have done it.
    """
    began = False
    try:
        async with (
            Outbound(allow_private=allow_private, follow_redirects=False) as outbound,
            httpx2.AsyncClient(transport=_Guarded(outbound.transport), headers=dict(headers), timeout=does.timeout) as client,
            streamable_http_client(does.url, http_client=client) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            began = True
            answer = await session.call_tool(does.tool, dict(values), read_timeout_seconds=does.timeout)
    except Exception as error:
        why = _first(error)
        if isinstance(why, Rejected):
            raise Rejected(why.reason) from None
        told = f"The MCP server did not answer: {type(why).__name__}: {why}"[:300]
        raise (Unknown(told) if began else Retry(5.0, told)) from None
    if not isinstance(answer, CallToolResult):
        raise Rejected("The tool asks for something else than its inputs.")
    return _read(answer)


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


class _Body(httpx2.AsyncByteStream):
    """An answer's body on its way from one client library to the other."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_raw():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class _Guarded(httpx2.AsyncBaseTransport):
    """The MCP library speaks through httpx2; the guard is a transport of httpx."""

    def __init__(self, guard: httpx.AsyncBaseTransport) -> None:
        self._guard = guard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the same request through the guard."""
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
        except httpx.TimeoutException as late:
            raise httpx2.ReadTimeout(str(late)) from None
        except httpx.TransportError as broken:
            raise httpx2.ConnectError(str(broken)) from None
        response.request = passed
        return httpx2.Response(response.status_code, headers=list(response.headers.multi_items()), stream=_Body(response))
