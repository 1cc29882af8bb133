"""Providers' own protocols over real HTTP, as their libraries speak them: one scripted server for all."""

import binascii
import json
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Frames = Callable[[str, int, int], Iterator[bytes]]


def _sse(data: Mapping[str, Any], event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), 20):
        yield text[at : at + 20]


def chat_completions(text: str, read: int, written: int) -> Iterator[bytes]:
    """OpenAI, and all who speak its protocol: Groq, Mistral, OpenRouter, Ollama, llama.cpp, vLLM."""
    whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    for piece in _pieces(text):
        delta = {"role": "assistant", "content": piece}
        yield _sse({**whole, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    end = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
    yield _sse({**whole, "choices": [end], "usage": usage, "x_groq": {"id": "r1", "usage": usage}, "provider": "scripted"})
    yield b"data: [DONE]\n\n"


def messages(text: str, read: int, written: int) -> Iterator[bytes]:
    """Anthropic's Messages API."""
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": read, "output_tokens": 1},
    }  # fmt: skip
    yield _sse({"type": "message_start", "message": message}, "message_start")
    block = {"type": "text", "text": ""}
    yield _sse({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start")
    yield _sse({"type": "ping"}, "ping")
    for piece in _pieces(text):
        delta = {"type": "text_delta", "text": piece}
        yield _sse({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
    yield _sse({"type": "content_block_stop", "index": 0}, "content_block_stop")
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _sse({"type": "message_delta", "delta": ended, "usage": {"output_tokens": written}}, "message_delta")
    yield _sse({"type": "message_stop"}, "message_stop")


def generate_content(text: str, read: int, written: int) -> Iterator[bytes]:
    """Google's Gemini API."""
    pieces = list(_pieces(text))
    for number, piece in enumerate(pieces, 1):
        candidate: dict[str, Any] = {"content": {"parts": [{"text": piece}], "role": "model"}, "index": 0}
        if number == len(pieces):
            candidate["finishReason"] = "STOP"
        usage = {"promptTokenCount": read, "candidatesTokenCount": written, "totalTokenCount": read + written}
        yield _sse({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted", "responseId": "r1"})


def converse_stream(text: str, read: int, written: int) -> Iterator[bytes]:
    """Amazon Bedrock's ConverseStream, in frames of application/vnd.amazon.eventstream."""
    yield _frame("messageStart", {"role": "assistant"})
    for piece in _pieces(text):
        yield _frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
    yield _frame("contentBlockStop", {"contentBlockIndex": 0})
    yield _frame("messageStop", {"stopReason": "end_turn"})
    usage = {"inputTokens": read, "outputTokens": written, "totalTokens": read + written}
    yield _frame("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})


def _frame(event: str, payload: Mapping[str, Any]) -> bytes:
    """Prelude (two lengths and their checksum), headers, payload, checksum."""
    named = {":event-type": event, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in named.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + body
    return message + struct.pack(">I", binascii.crc32(message))


@dataclass(frozen=True)
class Wire:
    """How one provider speaks: the end of the path it is asked at, the header its key comes in, its stream, its refusals."""

    provider: str
    model: str
    path: str
    key: tuple[str, str]
    frames: Frames
    refusal: Callable[[int, str], Mapping[str, Any]]
    suffix: str = ""
    kind: str = "text/event-stream"
    tls: bool = False
    """Whether its library sends a key over nothing else."""


def _openai_error(status: int, message: str) -> Mapping[str, Any]:
    return {"error": {"message": message, "type": "error", "code": "insufficient_quota" if "quota" in message else None}}


def _anthropic_error(status: int, message: str) -> Mapping[str, Any]:
    return {"type": "error", "error": {"type": "error", "message": message}}


def _google_error(status: int, message: str) -> Mapping[str, Any]:
    return {"error": {"code": status, "message": message, "status": "ERROR"}}


def _plain_error(status: int, message: str) -> Mapping[str, Any]:
    return {"message": message}


BEARER = ("authorization", "Bearer sk-wire-key")
WIRES = (
    Wire("openai", "gpt-5-mini", "/chat/completions", BEARER, chat_completions, _openai_error, "/v1"),
    Wire("compatible", "qwen3-8b", "/chat/completions", BEARER, chat_completions, _openai_error, "/v1"),
    Wire("ollama", "qwen3:8b", "/chat/completions", BEARER, chat_completions, _openai_error, "/v1"),
    Wire("openrouter", "openai/gpt-5-mini", "/chat/completions", BEARER, chat_completions, _openai_error, "/v1"),
    Wire("groq", "llama-3.3-70b-versatile", "/openai/v1/chat/completions", BEARER, chat_completions, _openai_error),
    Wire("mistral", "mistral-medium-latest", "/v1/chat/completions", BEARER, chat_completions, _plain_error),
    Wire("anthropic", "claude-sonnet-4-5", "/v1/messages", BEARER, messages, _anthropic_error),
    Wire(
        "google", "gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", ("x-goog-api-key", "sk-wire-key"),
        generate_content, _google_error,
    ),
    Wire(
        "bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "/converse-stream", BEARER, converse_stream, _plain_error,
        kind="application/vnd.amazon.eventstream", tls=True,
    ),
)  # fmt: skip


def certify(folder: Path) -> Path:
    """A certificate of this machine for an hour, which is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "provider.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@dataclass
class Line:
    """A server that speaks one provider's protocol. ``refuses`` is a status with its message; ``stops`` cuts the stream short."""

    wire: Wire
    text: str = ""
    refuses: tuple[int, str] | None = None
    stops: bool = False
    certificate: Path | None = None
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def __enter__(self) -> Self:
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("content-length", "0"))))
                line.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                if line.refuses is not None:
                    self._refuse(*line.refuses)
                    return
                self.send_response(200)
                self.send_header("content-type", line.wire.kind)
                self.end_headers()
                for number, frame in enumerate(line.wire.frames(line.text, 120, 30)):
                    if line.stops and number == 3:
                        return
                    self.wfile.write(frame)
                    self.wfile.flush()

            def _refuse(self, status: int, message: str) -> None:
                body = json.dumps(line.wire.refusal(status, message)).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.wire.tls:
            assert self.certificate is not None
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address, as the provider's settings take it."""
        scheme = "https" if self.wire.tls else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}{self.wire.suffix}"
