"""What a file is: by its name and by its first bytes. Pure."""

from dataclasses import dataclass


class Unreadable(Exception):
    """A file that cannot be read, why, and what helps. Both are sentences for people."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.cure = cure


@dataclass(frozen=True)
class Limits:
    """What one document may cost its reader."""

    seconds: int = 60
    megabytes: int = 1_024
    pages: int = 2_000
    entries: int = 20_000
    characters: int = 20_000_000


ENDINGS = {
    "docx": "docx", "pptx": "pptx", "xlsx": "xlsx", "pdf": "pdf", "html": "html", "htm": "html", "xhtml": "html",
    "txt": "text", "text": "text", "md": "markdown", "rst": "markdown", "csv": "csv", "json": "json", "jsonl": "json",
    "xml": "xml", "cfg": "text", "conf": "text",
}  # fmt: skip
"""Kinds of file by the ending of the name (KN1)."""

CONTENT_TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "application/pdf": "pdf", "text/plain": "text",
    "text/markdown": "markdown", "text/csv": "csv", "application/json": "json", "application/xml": "xml", "text/xml": "xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip
"""Kinds of file by the content type a web server gives."""

PACKED = frozenset({"docx", "pptx", "xlsx"})
LISTED = "docx, pptx, pdf, html, xhtml, htm, txt, text, md, rst, csv, json, xml, cfg, conf and xlsx"


def kind_of(name: str, content_type: str | None = None) -> str | None:
    """The kind of a file by its name, else by its content type; None if it is no kind that can be read."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in ENDINGS:
        return ENDINGS[ending]
    return CONTENT_TYPES.get((content_type or "").partition(";")[0].strip().lower())


def confirm(body: bytes, kind: str) -> None:
    """:raises Unreadable: if the first bytes are those of another kind of file."""
    start = body[:1024]
    if not body.strip(b"\x00\t\r\n "):
        raise Unreadable("The file is empty.", "Check the file and add it again.")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "This is a file of an old Office format, or one with a password.",
            "Save it without a password as docx, pptx or xlsx and add it again.",
        )
    packed, portable = start.startswith(b"PK\x03\x04"), b"%PDF-" in start
    if kind in PACKED and not packed:
        raise Unreadable(
            f"This is no {kind} file, although its name says so.", "Check the file and save it again in that format."
        )
    if kind == "pdf" and not portable:
        raise Unreadable("This is no PDF file, although its name says so.", "Check the file and export it again as PDF.")
    if kind not in PACKED and kind != "pdf" and (packed or portable or start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"))):
        raise Unreadable(
            "The file is not the text that its name promises.", f"Give it the right ending; these can be read: {LISTED}."
        )
