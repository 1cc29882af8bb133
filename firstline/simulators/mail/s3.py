"""A store that speaks like S3, with one access key: it checks signatures, and gives what was put into it."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from firstline.kit.sigv4 import Key, path_of, query_of, signed

ACCESS_KEY = "AKIASIMULATED"
SECRET = "simulated-secret"  # noqa: S105 everybody may know it: it guards nothing
REGION, BUCKET = "eu-west-1", "mails"
SKEW = timedelta(minutes=15)


@dataclass
class Store:
    """What lies there, and what was fetched."""

    objects: dict[str, bytes] = field(default_factory=dict)
    """By ``bucket/name``."""
    fetched: list[str] = field(default_factory=list)
    url: str = ""
    came: threading.Event = field(default_factory=threading.Event)
    """Set when an object was given."""

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body for a request; ``target`` is path and query, names of headers are in small letters."""
        address = urlsplit(target)
        if (no := _refused(method, address.path, address.query, headers)) is not None:
            return 403, _error(no)
        bucket, _, name = unquote(address.path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            return 404, _error("NoSuchBucket")
        if not name:
            keys = "".join(f"<Contents><Key>{escape(key.partition('/')[2])}</Key></Contents>" for key in sorted(self.objects))
            return 200, f"<ListBucketResult>{keys}</ListBucketResult>".encode()
        content = self.objects.get(f"{bucket}/{name}")
        if content is None:
            return 404, _error("NoSuchKey")
        if "range" not in headers:
            self.fetched.append(name)
            self.came.set()
        return 200, content


def _refused(method: str, path: str, query: str, headers: Mapping[str, str]) -> str | None:
    """The code of the error, if a request is not signed as it should be."""
    given, stamp = headers.get("authorization", ""), headers.get("x-amz-date", "")
    parts = dict(part.strip().partition("=")[::2] for part in given.partition(" ")[2].split(","))
    if not given or not stamp:
        return "AccessDenied"
    if parts.get("Credential", "").partition("/")[0] != ACCESS_KEY:
        return "InvalidAccessKeyId"
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "AccessDenied"
    if abs(datetime.now(UTC) - at) > SKEW:
        return "RequestTimeTooSkewed"
    names = [name for name in parts.get("SignedHeaders", "").split(";") if name not in ("host", *_OURS)]
    again = signed(
        Key(ACCESS_KEY, SECRET, REGION),
        method,
        headers.get("host", ""),
        path_of(unquote(path).removeprefix("/")),
        query_of(dict(parse_qsl(query, keep_blank_values=True))),
        {name: headers.get(name, "") for name in names},
        at,
    )
    return None if again["authorization"] == given else "SignatureDoesNotMatch"


_OURS = ("x-amz-date", "x-amz-content-sha256")


def _error(code: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()


@contextlib.contextmanager
def serving(port: int = 0) -> Iterator[Store]:
    """A store on this machine while the block lasts."""
    store = Store()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = store.answer("GET", self.path, headers)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    store.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
