"""Rules of reading a site: what belongs to it, which addresses are the same, what a sitemap says, traps. Pure."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

MOST_SITEMAPS = 50
MOST_UNPACKED = 50_000_000
DEEPEST = 20
"""Links from the first page to the last, when there is no sitemap."""
MOST_VARIANTS = 25
"""Addresses of one path that differ only in what stands behind the question mark."""
_MOST_REPEATS = 3
"""Times one part may occur in a path: relative links that nest make paths like /a/b/a/b/a/b."""

_TRACKING = re.compile(
    r"(utm_.*|gclid|fbclid|msclkid|mc_[ce]id|ref|ref_src|phpsessid|jsessionid|sid|sessionid|_ga|_gl|igshid)", re.IGNORECASE
)
_NO_PAGE = re.compile(
    r"\.(jpe?g|png|gif|webp|avif|svg|ico|css|js|mjs|json|xml|rss|atom|zip|gz|tgz|rar|7z|exe|dmg|iso|mp[34]|m4[av]|webm|ogg|wav|avi|mov"
    r"|woff2?|ttf|eot|pdf|docx?|pptx?|xlsx?|csv|ics|apk|bin)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Scope:
    """What belongs to a site: its host, with or without ``www.``, below the path of the address that was given."""

    host: str
    port: int | None
    path: str

    @classmethod
    def of(cls, url: str) -> "Scope":
        """The scope of a site's first address."""
        parts = urlsplit(url)
        last = parts.path.rpartition("/")[2]
        path = parts.path[: len(parts.path) - len(last)] if "." in last else parts.path
        return cls(_bare(parts.hostname or ""), parts.port, path.rstrip("/"))

    def same_host(self, url: str) -> bool:
        """Whether an address is on the site's host."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and _bare(parts.hostname or "") == self.host and port == self.port

    def holds(self, url: str) -> bool:
        """Whether an address belongs to the site and may be a page."""
        if not self.same_host(url):
            return False
        parts = urlsplit(url)
        if parts.path != self.path and not (parts.path or "/").startswith(self.path + "/"):
            return False
        repeated = Counter(part for part in parts.path.split("/") if part)
        return not _NO_PAGE.search(parts.path) and max(repeated.values(), default=0) <= _MOST_REPEATS and len(url) <= 1_000


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def same(url: str) -> str:
    """One spelling for addresses that mean the same page: no fragment, no tracking, parameters in order."""
    parts = urlsplit(url)
    kept = sorted((key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(key))
    host = (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port and parts.port != {"http": 80, "https": 443}.get(parts.scheme) else ""
    netloc = f"[{host}]{port}" if ":" in host else host + port
    return parts._replace(netloc=netloc, path=parts.path or "/", query=urlencode(kept), fragment="").geturl()


@dataclass
class Frontier:
    """Which of the addresses that pages lead to are new and no trap. ``known`` are those of the site so far."""

    scope: Scope
    known: set[str]
    most: int
    variants: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.variants.update(_path(url) for url in self.known if "?" in url)

    def new(self, urls: Iterable[str]) -> list[str]:
        """The new ones, in order, each once."""
        found = []
        for url in urls:
            if len(self.known) >= self.most:
                break
            if not self.scope.holds(url):
                continue
            one = same(url)
            if one in self.known or ("?" in one and self.variants[_path(one)] >= MOST_VARIANTS):
                continue
            if "?" in one:
                self.variants[_path(one)] += 1
            self.known.add(one)
            found.append(one)
        return found


def _path(url: str) -> str:
    return unquote(url.partition("?")[0]).rstrip("/").lower()


class NoSitemap(Exception):
    """It is no sitemap."""


def sitemap(body: bytes) -> tuple[list[str], list[str]]:
    """Addresses of pages and of further sitemaps (www.sitemaps.org, text form included), packed with gzip or not.

    :raises NoSitemap: if it is something else, or unpacks to more than 50 MB.
    """
    if body.startswith(b"\x1f\x8b"):
        body = _unpacked(body)
    if body.lstrip()[:1] != b"<":
        lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
        if lines and all(line.startswith(("http://", "https://")) for line in lines if line):
            return [line for line in lines if line], []
        raise NoSitemap
    try:
        root = defusedxml.ElementTree.fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise NoSitemap from None
    kind = str(root.tag).rpartition("}")[2]
    found = [
        (element.text or "").strip()
        for entry in root
        for element in entry
        if str(element.tag).rpartition("}")[2] == "loc" and (element.text or "").strip()
    ]
    if kind == "urlset":
        return found, []
    if kind == "sitemapindex":
        return [], found
    raise NoSitemap


def _unpacked(body: bytes) -> bytes:
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        out = inflater.decompress(body, MOST_UNPACKED)
    except zlib.error:
        raise NoSitemap from None
    if inflater.unconsumed_tail:
        raise NoSitemap
    return out
