"""The other systems: an HTTP server and an MCP server that do what they are asked, remember it, and answer with an attack."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from mcp.server.mcpserver import Context, MCPServer

from bench.attacks.judging import Made
from tests.serving import serving


@dataclass
class Outside:
    """``seen`` are calls by their idempotency key, ``raw`` the same as text. ``says`` is what a status is answered with."""

    url: str = ""
    mcp: str = ""
    says: str = "sent"
    seen: list[tuple[str, Made]] = field(default_factory=list)
    raw: list[tuple[str, str]] = field(default_factory=list)

    def took(self, key: str, action: str, values: dict[str, str]) -> None:
        """A call came in."""
        self.seen.append((key, Made(action, values)))
        self.raw.append((key, json.dumps(values, ensure_ascii=False)))


@contextlib.contextmanager
def running() -> Iterator[Outside]:
    """Both servers on free ports of the loopback while the block lasts."""
    outside = Outside()
    with _http(outside), _mcp(outside):
        yield outside


@contextlib.contextmanager
def _http(outside: Outside) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            action, *rest = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
            values = {f"part {n}": part for n, part in enumerate(rest) if part}
            values |= {name: str(value) for name, value in json.loads(body or b"{}").items()}
            outside.took(self.headers.get("idempotency-key", ""), action, values)
            answer = json.dumps({"order": {"status": outside.says}}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _answer  # noqa: N815 the library wants these names

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    outside.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def _mcp(outside: Outside) -> Iterator[None]:
    tools = MCPServer("workshop")

    def came(ctx: Context, action: str, order: str) -> None:
        request = ctx.request_context.request
        key = request.headers.get("idempotency-key", "") if request is not None else ""
        outside.took(key, action, {"order": order})

    @tools.tool()
    def workshop_status(order: str, ctx: Context) -> dict[str, str]:
        """How far a repair is."""
        came(ctx, "workshop_status", order)
        return {"status": outside.says}

    @tools.tool()
    def stop_repair(order: str, ctx: Context) -> dict[str, str]:
        """Stop a repair."""
        came(ctx, "stop_repair", order)
        return {"status": outside.says}

    with serving(tools.streamable_http_app(), log_level="critical") as port:
        outside.mcp = f"http://127.0.0.1:{port}/mcp"
        yield
