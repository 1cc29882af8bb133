"""The widget's files as browsers get them: without their comments, packed once, under an address that names their content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_JS_COMMENT = re.compile(r"^[ \t]*(/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_JS_TYPE = re.compile(r"/\*\* @(?:type|param) (?:(?!\*/).)*\*/ ?")
_CSS_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
_CSS_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_ONLY_TYPES = "protocol.js"
"""Types for the editor; nothing in it runs, so it is not served."""


@dataclass(frozen=True)
class File:
    """One file, ready to be sent."""

    kind: str
    body: bytes
    packed: bytes
    tag: str


def uncommented(text: str, ending: str) -> str:
    """The text without comments on lines of their own, types, and in style sheets the indentation: they are for those who read
    the source, not for every visitor."""
    if ending == "css":
        return _CSS_INDENTATION.sub("", _CSS_COMMENT.sub("", text))
    return _JS_TYPE.sub("", _JS_COMMENT.sub("", text))


@cache
def files() -> dict[str, File]:
    """All files by name."""
    found = {}
    for source in resources.files(__package__).joinpath("static").iterdir():
        ending = source.name.rpartition(".")[2]
        if ending in _TYPES and source.name != _ONLY_TYPES:
            body = uncommented(source.read_text("utf-8"), ending).encode()
            tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            found[source.name] = File(_TYPES[ending], body, gzip.compress(body, 9, mtime=0), tag)
    return found


@cache
def version() -> str:
    """A name for all files together: it changes when one of them does."""
    together = hashlib.sha256()
    for name, file in sorted(files().items()):
        together.update(name.encode() + file.tag.encode())
    return together.hexdigest()[:12]
