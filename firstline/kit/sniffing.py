"""What a file is, by its content: the name and the type that came with it are claims."""

import codecs
import re

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"{\\rtf", "application/rtf"),
)
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif", b"qt  ": "video/quicktime"}
_AUDIO_BRANDS = (b"M4A ", b"M4B ")
_OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_TEXTS = ("text/plain", "text/csv", "text/markdown", "text/vcard", "text/calendar", "application/json")

_LOOKED_AT = 4096
"""Bytes by which a text is judged."""
_BEFORE = re.compile(r"(?:\s|\ufeff|<!--(?:(?!-->).)*-->)+", re.DOTALL)
"""What may stand before markup without changing what it is."""

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""What a browser may show within a page; everything else is offered as a download."""
PLAYED = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/wav", "audio/flac", "video/mp4", "video/webm"})


def sniff(content: bytes, claimed: str = "") -> str:
    """The media type that the content shows; a claim decides only between kinds of plain text.

    Markup that a browser would run (HTML, SVG, XML) is named as what it is, whatever it claims to be.
    """
    for at, magic, found in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return _office(content) if found == "application/zip" else found
    if content[:4] == b"RIFF" and len(content) >= 12:
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(
            content[8:12], "application/octet-stream"
        )
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return "audio/mp4" if brand in _AUDIO_BRANDS else _BRANDS.get(brand, "video/mp4")
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _text(content[:_LOOKED_AT].decode("utf-16", "ignore"), claimed)
    if content[:1] == b"\xff" and len(content) > 1 and content[1] & 0xE0 == 0xE0:
        return "audio/mpeg"
    try:
        return _text(content[:_LOOKED_AT].decode("utf-8", "strict" if len(content) <= _LOOKED_AT else "ignore"), claimed)
    except UnicodeDecodeError:
        return "application/octet-stream"


def _office(content: bytes) -> str:
    return next((found for mark, found in _OFFICE.items() if mark in content[:4096]), "application/zip")


def _text(text: str, claimed: str) -> str:
    if any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text):
        return "application/octet-stream"
    before = _BEFORE.match(text)
    low = text[before.end() if before else 0 :].lower()
    if low.startswith("<svg") or (low.startswith("<?xml") and "<svg" in low):
        return "image/svg+xml"
    if low.startswith(("<!doctype html", "<html", "<script", "<body", "<head")) or "<script" in low:
        return "text/html"
    if low.startswith("<?xml"):
        return "application/xml"
    claimed = claimed.partition(";")[0].strip().lower()
    return claimed if claimed in _TEXTS else "text/plain"


def kind_of(media_type: str) -> str:
    """``image``, ``audio``, ``video`` or ``file``."""
    family = media_type.partition("/")[0]
    return family if family in ("image", "audio", "video") and media_type != "image/svg+xml" else "file"
