"""A provider of language models that does what the test says, over real HTTP: OpenAI's protocol, streamed."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Behaviour = Callable[["Handler", Mapping[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    provider: "Provider"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.provider.raw.append(raw)
        self.provider.keys.append(self.headers.get("authorization", ""))
        body = json.loads(raw)
        self.provider.requests.append(body)
        self.provider.next()(self, body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the standard library's name
        """Keep quiet."""

    def begin(self) -> None:
        """The head of a stream."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def piece(self, text: str, **more: Any) -> None:
        """One part of the answer."""
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
        self.event({"choices": [choice], **more})

    def event(self, data: Mapping[str, Any]) -> None:
        """One event of the stream."""
        whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **data}
        self.line(json.dumps(whole))

    def line(self, data: str) -> None:
        """One line of the stream as it is."""
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def end(self, *, usage: bool = True) -> None:
        """The end of the stream."""
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if usage:
            counted = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
            self.event({"choices": [], "usage": counted})
        self.line("[DONE]")


class Provider:
    """A server with a script; the last line of the script goes on for ever."""

    def __init__(self, *script: Behaviour) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.keys: list[str] = []
        self.over = threading.Event()
        handler = type("Bound", (Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def next(self) -> Behaviour:
        """What it does now."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def prompts(self) -> Iterator[str]:
        """What it was asked, as one text each."""
        for one in self.requests:
            yield "\n".join(_text(message["content"]) for message in one["messages"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def answers(text: str, *sources: str, **more: Any) -> Behaviour:
    """Decides to answer with one segment."""
    segments = [{"text": text, "sources": list(sources)}]
    return writes(json.dumps(form(decision="answer", segments=segments, **more), ensure_ascii=False))


def decides(decision: str, **more: Any) -> Behaviour:
    """Decides something else."""
    return writes(json.dumps(form(decision=decision, **more)))


def form(**given: Any) -> dict[str, Any]:
    """The form of an answer."""
    empty = {"decision": "answer", "segments": [], "question": "", "options": [], "reason": "test", "guidelines": []}
    return {**empty, "confidence": 0.9, **given}


def writes(text: str, *, usage: bool = True, size: int = 12) -> Behaviour:
    """Writes a text, in small pieces."""

    def act(handler: Handler, _: Mapping[str, Any]) -> None:
        handler.begin()
        for place in range(0, len(text), size):
            handler.piece(text[place : place + size])
        handler.end(usage=usage)

    return act


def fails(status: int, message: str = "no", code: str = "") -> Behaviour:
    """Refuses with a status."""

    def act(handler: Handler, _: Mapping[str, Any]) -> None:
        body = json.dumps({"error": {"message": message, "type": "error", "code": code or None}}).encode()
        handler.send_response(status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def hangs(handler: Handler, _: Mapping[str, Any]) -> None:
    """Takes the request and says nothing."""
    handler.close_connection = True
    handler.provider.over.wait(300)


def stalls(handler: Handler, _: Mapping[str, Any]) -> None:
    """Begins to answer, and stops in the middle."""
    handler.begin()
    handler.piece('{"decision": "answer", "segments": [{"text": "You can ')
    handler.provider.over.wait(300)


def dies(handler: Handler, _: Mapping[str, Any]) -> None:
    """Begins to answer, and is gone."""
    handler.begin()
    handler.piece('{"decision": "ans')
    handler.line('{"id": "c1", "choi')
    handler.wfile.flush()
    handler.connection.close()


def garbles(handler: Handler, _: Mapping[str, Any]) -> None:
    """Streams what is no protocol."""
    handler.begin()
    handler.line("\x00\x01 not json {{{")
    handler.line("[DONE]")


def without_schema(then: Behaviour) -> Behaviour:
    """Knows nothing of forms: refuses a request that asks for one."""

    def act(handler: Handler, body: Mapping[str, Any]) -> None:
        asked = body.get("response_format", {}).get("type") == "json_schema"
        (fails(400, "response_format is not supported") if asked else then)(handler, body)

    return act
