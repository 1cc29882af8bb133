"""MCP servers that die, hang, lie, redirect, or never stop talking: a call ends in one way, soon, and nothing is repeated."""

import asyncio
import functools
import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from firstline.agent.actions import tool_server
from firstline.agent.actions.caller import Caller
from firstline.agent.actions.definition import Definition
from firstline.agent.actions.tool_server import LARGEST
from firstline.kit.errors import Rejected, Unknown
from firstline.kit.outbound import Outbound

Reply = tuple[int, Mapping[str, str], bytes] | None


class Server(ThreadingHTTPServer):
    """Speaks the protocol until a tool is called; then it does what the test wants. ``None`` closes the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: Callable[[dict[str, Any]], Reply] = lambda asked: None
        self.called: list[str] = []
        self.hangs = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/mcp"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        self.server.called.append(asked.get("method", ""))
        if asked.get("method") == "initialize":
            version = asked["params"]["protocolVersion"]
            about = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "x", "version": "1"}}
            self._send(*as_json(asked, about))
        elif "id" not in asked:
            self._send(202, {}, b"")
        elif (reply := self.server.answers(asked)) is not None:
            self._send(*reply)
        else:
            self.close_connection = True

    def do_GET(self) -> None:
        self._send(405, {}, b"")

    do_DELETE = do_GET  # noqa: N815 the library wants this name

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


def as_json(asked: dict[str, Any], result: Any) -> tuple[int, Mapping[str, str], bytes]:
    written = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()
    return 200, {"content-type": "application/json"}, written


@pytest.fixture(scope="module")
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.hangs.set()
    server.shutdown()
    thread.join()
    server.server_close()


def call(server: Server, seconds: int = 20) -> Any:
    server.called.clear()
    does = {"kind": "mcp", "url": server.url, "tool": "pay", "timeout": seconds}
    definition = Definition.model_validate(
        {"name": "pay", "title": "Pay", "when": "x", "does": does, "results": {"Paid": "paid"}}
    )
    return asyncio.run(Caller(allow_private=True).call(definition, {}, {}, "key_1"))


def huge(asked: dict[str, Any]) -> Reply:
    return as_json(asked, {"content": [{"type": "text", "text": "x" * 10_000_000}]})


def packed(asked: dict[str, Any]) -> Reply:
    status, headers, body = as_json(asked, {"content": [{"type": "text", "text": "x" * 10_000_000}]})
    return status, {**headers, "content-encoding": "gzip"}, gzip.compress(body)


def broken(asked: dict[str, Any]) -> Reply:
    return 200, {"content-type": "application/json"}, b'{"jsonrpc": "2.0", "id": 1, "result": [1, '


def elsewhere(asked: dict[str, Any]) -> Reply:
    return 307, {"location": "http://169.254.169.254/latest"}, b""


def dies(asked: dict[str, Any]) -> Reply:
    return None


@pytest.mark.promise("AC4", "AC6")
@pytest.mark.parametrize("answer", [huge, packed, broken, elsewhere, dies])
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(
    serving: Server, answer: Callable[[dict[str, Any]], Reply]
) -> None:
    serving.answers = answer
    with pytest.raises(Unknown) as unknown:
        call(serving)
    assert serving.called.count("tools/call") == 1
    if answer in (huge, packed):
        assert f"more than {LARGEST // 1000} kB" in unknown.value.reason


@pytest.mark.promise("AC4", "AC6")
def test_a_tool_that_does_not_answer_in_time_is_unknown(serving: Server) -> None:
    def hangs(asked: dict[str, Any]) -> Reply:
        serving.hangs.wait(30)
        return None

    serving.answers = hangs
    with pytest.raises(Unknown):
        call(serving, seconds=1)


@pytest.mark.promise("AC1", "AC4")
def test_a_server_that_lies_about_its_schema_is_read_by_the_facts_that_count(serving: Server) -> None:
    """The library would list the tools after the call, and make an error of an answer that is not as they say."""
    paid = {"content": [], "structuredContent": {"paid": "yes"}}

    def lies(asked: dict[str, Any]) -> Reply:
        if asked["method"] == "tools/list":
            schema = {"type": "object", "required": ["never"], "properties": {"never": {"type": "integer"}}}
            tool = {"name": "pay", "inputSchema": {"type": "object"}, "outputSchema": schema}
            return as_json(asked, {"tools": [tool]})
        return as_json(asked, paid)

    serving.answers = lies
    assert call(serving).facts == {"Paid": "yes"}
    assert "tools/list" not in serving.called


@pytest.mark.promise("AC1")
@pytest.mark.parametrize(
    "tools",
    [
        "no list",
        [{"name": "pay"}],
        [{"name": "pay", "inputSchema": {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}}] * 3,
        [{"name": "pay", "inputSchema": {"type": "object", "properties": [1], "required": "a"}}],
        [{"name": f"tool{number}", "inputSchema": {"type": "object"}} for number in range(500)],
    ],
)
def test_whatever_a_server_says_of_its_tools_is_a_list_or_a_sentence(serving: Server, tools: Any) -> None:
    serving.answers = lambda asked: as_json(asked, {"tools": tools, "nextCursor": "again"})
    reason, count = "", 0
    try:
        count = len(asyncio.run(Caller(allow_private=True).tools(serving.url, {}, {}, 5)))
    except Rejected as no:
        reason = no.reason
    assert ("did not tell its tools" in reason) is not (0 < count <= 200)


@pytest.mark.promise("AC6")
def test_a_name_that_points_inside_after_the_first_request_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: every request of a session resolves anew, and is checked anew."""
    asked: list[str] = []
    addresses = iter(["93.184.216.34"])

    async def resolve(host: str, port: int) -> list[str]:
        return [next(addresses, "10.0.0.7")]

    def answer(request: httpx.Request) -> httpx.Response:
        heard = json.loads(request.content or b"{}")
        asked.append(f"{request.url.host} {heard.get('method')}")
        about = {
            "protocolVersion": heard["params"]["protocolVersion"],
            "capabilities": {},
            "serverInfo": {"name": "x", "version": "1"},
        }
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": heard["id"], "result": about})

    outbound = functools.partial(Outbound, inner=httpx.MockTransport(answer), resolve=resolve)
    monkeypatch.setattr(tool_server, "Outbound", outbound)
    does = {"kind": "mcp", "url": "http://tools.example/mcp", "tool": "pay", "timeout": 5}
    definition = Definition.model_validate({"name": "pay", "title": "Pay", "when": "x", "does": does})
    with pytest.raises(Rejected, match="no public address"):
        asyncio.run(Caller().call(definition, {}, {}, "key_1"))
    assert asked == ["93.184.216.34 initialize"]
