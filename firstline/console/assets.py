"""Styles, scripts and icons, served from memory under an address that changes when any of them does."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from firstline.kit.errors import NotFound

FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r'@import url\("(?P<file>[^"]+)"\) layer\((?P<layer>[a-z]+)\);')
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_YEAR = 31_536_000


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the wire."""

    body: bytes
    zipped: bytes
    media_type: str


class Assets:
    """All files of the folder; read once, small enough to keep (about 300 kB)."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.files: dict[str, Asset] = {}
        digest = hashlib.blake2b(digest_size=6)
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            name = path.relative_to(folder).as_posix()
            body = _joined(path) if name == "css/console.css" else path.read_bytes()
            digest.update(name.encode() + body)
            media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.files[name] = Asset(body, gzip.compress(body, 9, mtime=0), media_type)
        self.version = digest.hexdigest()
        self.modules = sorted(name for name in self.files if name.startswith("js/"))

    def url(self, name: str) -> str:
        """The address of a file; the version in its path makes it safe to cache for ever, imports included."""
        return f"/static/{self.version}/{name}"

    def answer(self, name: str, request: Request) -> Response:
        """:raises NotFound: if there is no such file."""
        asset = self.files.get(name)
        if asset is None:
            raise NotFound(f"There is no file {name[:200]}.")
        headers = {
            "Cache-Control": f"public, max-age={_YEAR}, immutable",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.zipped, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    def router(self) -> APIRouter:
        """The route that serves them; any version is answered with the present one."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{version}/{name:path}")
        def file(version: str, name: str, request: Request) -> Response:
            return self.answer(name, request)

        return router


def _joined(entry: Path) -> bytes:
    """The entry style sheet with its imports written in, so that a page asks for one file."""

    def write_in(found: re.Match[str]) -> str:
        part = (entry.parent / found["file"]).read_text(encoding="utf-8")
        return f"@layer {found['layer']} {{\n{part}}}\n"

    return _IMPORT.sub(write_in, entry.read_text(encoding="utf-8")).encode()
