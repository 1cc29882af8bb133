"""Whether a mail comes from who it says. ``From`` proves nothing; what our own server found out does (RFC 8601)."""

import re
from collections.abc import Sequence
from enum import StrEnum

import authres

from firstline.channels.base import RawRequest
from firstline.channels.email.headers import LONGEST, Headers


class Standing(StrEnum):
    """What is known of the sender."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


OURS = ("IMAP", "SMTP")
"""What we read or receive ourselves; headers of other deliveries are written by whoever makes them."""
PROVEN = "x-proven-domains"


def vouched_in(request: RawRequest) -> tuple[str, ...]:
    """What was found out when a mail came, as findings of a server (RFC 8601)."""
    given = request.headers.get(PROVEN, "") if request.method in OURS else ""
    return tuple(f"dkim=pass header.d={one}" for one in given.split(",") if one)


_TWO_PART = frozenset(("co", "com", "org", "net", "ac", "gov", "edu", "gob", "or", "ne"))


def organisation(domain: str) -> str:
    """The part of a domain that one organisation holds, near enough to compare: ``mail.example.co.uk`` is ``example.co.uk``."""
    labels = domain.lower().strip(".").split(".")
    depth = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _TWO_PART else 2
    return ".".join(labels[-depth:])


def standing(headers: Headers, trusted: Sequence[str], from_domain: str, vouched: Sequence[str] = ()) -> Standing:
    """What our own server (one of ``trusted``), or the provider that brought the mail, found out.

    Only the topmost header of that name counts: whoever sent the mail can write more of them, but below.
    """
    if vouched:
        return _judged("vouched; " + "; ".join(vouched), from_domain)
    found = _of_ours(headers, trusted)
    return Standing.UNVERIFIED if found is None else _judged(found, from_domain)


def is_judged(headers: Headers, trusted: Sequence[str]) -> bool:
    """Whether our own server has said what it found out."""
    return _of_ours(headers, trusted) is not None


def _of_ours(headers: Headers, trusted: Sequence[str]) -> str | None:
    names = {name.strip().lower() for name in trusted if name.strip()}
    for value in headers.every("authentication-results"):
        if re.split(r"[\s;]", value.strip(), maxsplit=1)[0].lower() in names:
            return value
    return None


def _judged(value: str, from_domain: str) -> Standing:
    found = _results(value)
    dmarc = [one for one in found if one[0] == "dmarc"]
    for _, result, domain in dmarc:
        if result == "fail":
            return Standing.FAILED
        if result == "pass" and (not domain or organisation(domain) == organisation(from_domain)):
            return Standing.VERIFIED
    aligned = [
        one
        for one in found
        if one[0] in ("dkim", "spf") and one[1] == "pass" and one[2] and organisation(one[2]) == organisation(from_domain)
    ]
    return Standing.VERIFIED if aligned else Standing.UNVERIFIED


def _results(value: str) -> list[tuple[str, str, str]]:
    """Method, result and domain of each finding."""
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value[:LONGEST]}")
    except Exception:  # the library raises several kinds at what breaks the grammar, and so do mail servers
        return _roughly(value)
    found = []
    for one in header.results:
        properties = {f"{each.type}.{each.name}".lower(): str(each.value or "") for each in one.properties}
        domain = (
            properties.get("header.from")
            if one.method == "dmarc"
            else properties.get("header.d") or properties.get("smtp.mailfrom")
        )
        domain = domain or properties.get("header.i") or ""
        found.append((str(one.method).lower(), str(one.result).lower(), domain.rpartition("@")[2].lower()))
    return found


_ROUGH = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]{1,12})([^;]{0,400})", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?:header\.from|header\.d|smtp\.mailfrom|header\.i)\s*=\s*\"?(?:[^\s;\"@]{0,64}@)?([\w.-]{1,200})", re.IGNORECASE
)


def _roughly(value: str) -> list[tuple[str, str, str]]:
    found = []
    for method, result, rest in _ROUGH.findall(value[:LONGEST]):
        domain = _DOMAIN.search(rest)
        found.append((method.lower(), result.lower(), domain.group(1).lower() if domain else ""))
    return found
