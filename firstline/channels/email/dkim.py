"""DKIM (RFC 6376, with RFC 8301 and RFC 8463): whether a domain signed a mail as it came. Pure; keys are looked up elsewhere.

It decides who a mail is from, so it is stricter than the RFC where the RFC leaves room: the sender, the subject and an address
for answers have to be signed and stand there once, the whole body has to be signed, and whatever is odd proves nothing.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

MOST = 5
"""Signatures of one mail that are looked at, the topmost first."""
HEAD = 256_000
MOST_FIELDS = 500
LARGEST = 25_000_000
"""Bytes of a mail that is looked at: providers take no larger ones."""
KEY = 8_000
"""Characters of a key's record."""
SMALLEST_RSA, LARGEST_RSA = 1024, 4096
"""Bits. Below, a key proves nothing (RFC 8301, 3.2); above, checking takes long."""
EARLY = timedelta(hours=12)
"""How far a signer's clock may be ahead."""
ONCE = ("from", "subject", "date", "reply-to", "sender", "to", "cc", "message-id", "content-type", "mime-version")
"""Headers that may stand there once at most (RFC 5322, 3.6): of two, one would be signed and the other shown."""
SIGNED = ("from", "subject", "reply-to")
"""Headers that have to be signed if they are there: who wrote, about what, and where the answer goes."""
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*")
_BLANKS = re.compile(rb"[ \t]+")
_LABEL = re.compile(rb"[!-9;-~]{1,200}")
_NUMBER = re.compile(r"\d{1,12}")


class _Odd(ValueError):
    """Something is not as it should be, so nothing is proven."""


@dataclass(frozen=True)
class Signature:
    """What one ``DKIM-Signature`` says."""

    domain: str
    selector: str
    algorithm: str
    identity: str
    """The domain of ``i=``."""
    names: tuple[str, ...]
    """The signed headers, in lower case and in their order."""
    simple_head: bool
    simple_body: bool
    body_hash: bytes
    value: bytes
    length: int | None
    header: bytes
    """The header itself, its own value (``b=``) taken out."""

    @property
    def where(self) -> str:
        """The name of the key's record."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True)
class Signed:
    """A mail taken apart as signers see it, with those of its signatures that may prove something."""

    head: tuple[tuple[str, bytes], ...]
    body: bytes
    signatures: tuple[Signature, ...]


def signed_in(raw: bytes, at: datetime) -> Signed | None:
    """The signatures of a mail that arrived at a time; None if none can prove anything."""
    if len(raw) > LARGEST:
        return None
    if b"\r\n" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
    block, end, body = raw.partition(b"\r\n\r\n")
    if not end or len(block) > HEAD or set(b"\r\n") & set(block.replace(b"\r\n", b"")):
        return None  # ends of lines that readers of mails may see in different places
    try:
        head = _fields(block)
    except _Odd:
        return None
    counted = Counter(name for name, _ in head)
    if len(head) > MOST_FIELDS or any(counted[name] > 1 for name in ONCE) or not counted["from"]:
        return None
    found = []
    for value in [field for name, field in head if name == "dkim-signature"][:MOST]:
        try:
            found.append(_signature(value, counted, at))
        except (_Odd, ValueError, KeyError):  # a broken one does not speak against the others
            continue
    return Signed(head, body, tuple(found)) if found else None


def proves(signed: Signed, signature: Signature, record: str) -> bool:
    """Whether the key in a record made a signature."""
    try:
        key = _key(record[: KEY + 1], signature)
    except (_Odd, ValueError, KeyError):
        return False
    body = canonical_body(signed.body, simple=signature.simple_body)
    if signature.length is not None and signature.length != len(body):
        return False  # anybody may have written what is not covered
    if sha256(body).digest() != signature.body_hash:
        return False
    data = _hashed(signed.head, signature)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature.value, sha256(data).digest())
        else:
            key.verify(signature.value, data, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _fields(block: bytes) -> tuple[tuple[str, bytes], ...]:
    """Name in lower case and the field as it stands there, without its last end of line."""
    found: list[list[bytes]] = []
    for line in block.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1].append(line)
        else:
            found.append([line])
    fields = []
    for lines in found:
        name, colon, _ = lines[0].partition(b":")
        if not colon or not _LABEL.fullmatch(name.rstrip(b" \t")):
            raise _Odd
        fields.append((name.rstrip(b" \t").decode("ascii").lower(), b"\r\n".join(lines)))
    return tuple(fields)


def _signature(field: bytes, counted: Mapping[str, int], at: datetime) -> Signature:
    value = field.partition(b":")[2]
    tags = _tags(value.decode("ascii"))
    domain, algorithm = _host(tags["d"]), tags["a"].strip().lower()
    if tags["v"] != "1" or algorithm not in ("rsa-sha256", "ed25519-sha256") or tags.get("q", "dns/txt") != "dns/txt":
        raise _Odd
    head, _, body = tags.get("c", "simple/simple").lower().partition("/")
    if {head, body or "simple"} - {"simple", "relaxed"}:
        raise _Odd
    names = tuple(one.strip().lower() for one in tags["h"].split(":"))
    if any(counted[one] and one not in names for one in SIGNED) or len(names) > 200:
        raise _Odd
    identity = _host(tags.get("i", f"@{domain}").rpartition("@")[2])
    if identity != domain and not identity.endswith(f".{domain}"):
        raise _Odd
    signed_at, until = _moment(tags.get("t")), _moment(tags.get("x"))
    if (signed_at and signed_at > at + EARLY) or (until and (until < at or (signed_at and until < signed_at))):
        raise _Odd
    return Signature(
        domain=domain,
        selector=_host(tags["s"]),
        algorithm=algorithm,
        identity=identity,
        names=names,
        simple_head=head == "simple",
        simple_body=(body or "simple") == "simple",
        body_hash=_decoded(tags["bh"]),
        value=_decoded(tags["b"]),
        length=int(_numbers(tags["l"])) if "l" in tags else None,
        header=_without_value(field),
    )


def _tags(text: str) -> dict[str, str]:
    """A list of tags (RFC 6376, 3.2); one that names a tag twice is none."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        if not equals or name.strip() in found:
            raise _Odd
        found[name.strip()] = "".join(value.split()) if name.strip() in ("b", "bh", "p", "h") else value.strip()
    return found


def _host(name: str) -> str:
    name = name.strip().lower().rstrip(".")
    if not _NAME.fullmatch(name):
        raise _Odd
    return name


def _numbers(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise _Odd
    return text


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromtimestamp(min(int(_numbers(text)), 32_503_680_000), UTC)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _Odd from None


def _without_value(field: bytes) -> bytes:
    """The header with ``b=`` empty, the white space around its value gone with it (RFC 6376, 3.7)."""
    name, colon, value = field.partition(b":")
    parts = value.split(b";")
    emptied = [part.partition(b"=")[0] + b"=" if part.partition(b"=")[0].strip() == b"b" else part for part in parts]
    return name + colon + b";".join(emptied)


def _key(record: str, signature: Signature) -> RSAPublicKey | Ed25519PublicKey:
    """The key in a record (RFC 6376, 3.6.1), if it may sign this."""
    if len(record) > KEY:
        raise _Odd
    tags = _tags(record)
    kind, flags = tags.get("k", "rsa").lower(), [one.strip() for one in tags.get("t", "").split(":")]
    if tags.get("v", "DKIM1") != "DKIM1" or f"{kind}-sha256" != signature.algorithm or "y" in flags:
        raise _Odd
    if "sha256" not in tags.get("h", "sha256").split(":") or not {"*", "email"} & set(_services(tags.get("s", "*"))):
        raise _Odd
    if "s" in flags and signature.identity != signature.domain:
        raise _Odd
    content = _decoded(tags["p"])
    if kind == "ed25519":
        return Ed25519PublicKey.from_public_bytes(content)
    key = load_der_public_key(content)
    if not isinstance(key, RSAPublicKey) or not SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
        raise _Odd
    if key.public_numbers().e.bit_length() > 33:
        raise _Odd
    return key


def _services(text: str) -> Sequence[str]:
    return [one.strip() for one in text.split(":")]


def _hashed(head: Sequence[tuple[str, bytes]], signature: Signature) -> bytes:
    """The signed headers, those of one name from the bottom up, and the signature itself (RFC 6376, 5.4.2 and 3.7)."""
    left: dict[str, list[bytes]] = {}
    for name, field in head:
        left.setdefault(name, []).append(field)
    chosen = [left[name].pop() for name in signature.names if left.get(name)]
    made = [canonical_field(field, simple=signature.simple_head) + b"\r\n" for field in chosen]
    return b"".join(made) + canonical_field(signature.header, simple=signature.simple_head)


def canonical_field(field: bytes, *, simple: bool) -> bytes:
    """A header as it is signed (RFC 6376, 3.4.1 and 3.4.2), without the end of its line."""
    if simple:
        return field
    name, _, value = field.partition(b":")
    unfolded = _BLANKS.sub(b" ", value.replace(b"\r\n", b""))
    return name.rstrip(b" \t").lower() + b":" + unfolded.strip(b" ")


def canonical_body(body: bytes, *, simple: bool) -> bytes:
    """A body as it is signed (RFC 6376, 3.4.3 and 3.4.4)."""
    if not simple:
        body = b"\r\n".join(_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    end = len(body)
    while body[end - 2 : end] == b"\r\n":
        end -= 2
    kept = body[:end]
    return kept + b"\r\n" if kept or simple else b""
