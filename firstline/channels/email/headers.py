"""Headers of a mail, read so that nothing in them can raise or take long."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

LONGEST = 8_000
"""Characters of one header that are looked at."""
MOST = 1_000
"""Headers of one part that are looked at."""

_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "big5": "big5hkscs",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
}
"""What senders mean by the names they use; cp1252 and the like hold what the named set holds, and what is sent besides."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, and those that turn the direction of writing to make one name look like another."""


def decoded(raw: bytes, charset: str | None) -> str:
    """Bytes as text: by the declared charset, else as UTF-8, else as cp1252 with marks for what is none of them."""
    name = (charset or "").strip().strip("\"'").lower()
    for one in (_ALIASES.get(name, name), "utf-8"):
        if not one or one in _NO_TEXT:
            continue
        try:
            return raw.decode(one)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("cp1252", errors="replace")


_NO_TEXT = {
    "base64",
    "bz2",
    "hex",
    "quopri",
    "rot13",
    "uu",
    "zip",
    "zlib",
    "punycode",
    "idna",
    "unicode_escape",
    "raw_unicode_escape",
}
"""Python's codecs that turn bytes into something else than the text a sender wrote."""


def clean(text: str, limit: int) -> str:
    """One line without control characters, at most so long."""
    return _CONTROL.sub("", " ".join(text.split()))[:limit]


def readable(text: str) -> str:
    """Text of several lines without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) decoded, also where they stand in quotes, which is common and wrong."""
    value = value[:LONGEST]
    if "=?" not in value:
        return clean(value, LONGEST)
    try:
        pieces = decode_header(value.replace('"=?', "=?").replace('?="', "?="))
    except Exception:  # the standard library raises several kinds at broken encoded words
        return clean(value, LONGEST)
    text = "".join(piece if isinstance(piece, str) else decoded(piece, charset) for piece, charset in pieces)
    return clean(text, LONGEST)


@dataclass(frozen=True)
class Headers:
    """Names in lower case with raw, unfolded values, in order."""

    items: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[object, object]]) -> "Headers":
        """From pairs of any kind, such as a provider's JSON."""
        kept = [(str(name).strip().lower(), str(value)[: 4 * LONGEST]) for name, value in pairs]
        return cls(tuple(kept[:MOST]))

    @classmethod
    def read(cls, block: bytes) -> "Headers":
        """From the head of a part; lines that are no header are passed over."""
        found: list[tuple[str, list[str]]] = []
        for raw in block.splitlines():
            line = decoded(raw, None)
            if line[:1] in " \t" and line.strip():
                if found:
                    found[-1][1].append(line.strip())
                continue
            name, colon, value = line.partition(":")
            if colon and _NAME.fullmatch(name.strip()):
                found.append((name.strip().lower(), [value.strip()]))
        return cls(tuple((name, " ".join(values)) for name, values in found[:MOST]))

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a name, the topmost first."""
        return tuple(value for key, value in self.items if key == name)

    def first(self, name: str) -> str:
        """The topmost value, or nothing."""
        return next((value for key, value in self.items if key == name), "")

    def text(self, name: str) -> str:
        """The topmost value, decoded."""
        return words(self.first(name))

    def has(self, name: str) -> bool:
        """Whether it is there at all."""
        return any(key == name for key, _ in self.items)

    def starting(self, prefix: str) -> str | None:
        """The name of the first header that begins so."""
        return next((key for key, _ in self.items if key.startswith(prefix)), None)


_NAME = re.compile(r"[!-9;-~]{1,200}")


@dataclass(frozen=True)
class Typed:
    """A header with parameters, such as ``Content-Type``."""

    value: str
    parameters: dict[str, str]


def typed(value: str) -> Typed:
    """Take ``text/plain; charset=utf-8`` apart, with continuations and charsets of RFC 2231."""
    carrier = Message()
    carrier["content-type"] = value[:2_000].replace("\n", " ").replace("\r", " ")
    parameters: dict[str, str] = {}
    try:
        for name, given in carrier.get_params(failobj=[])[1:]:
            plain = collapse_rfc2231_value(given)
            parameters.setdefault(name.lower(), words(plain))
    except Exception:  # RFC 2231 numbers and charsets that make no sense raise several kinds
        for name, given in _PARAMETER.findall(value[:2_000]):
            parameters.setdefault(name.lower(), given)
    return Typed(value.partition(";")[0].strip().lower()[:200], parameters)


_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*"?([^";]+)')


def file_name(name: str) -> str:
    """A name that is one, without folders and tricks."""
    return clean(re.split(r"[\\/]", clean(words(name), 400))[-1], 200).strip(" .")
