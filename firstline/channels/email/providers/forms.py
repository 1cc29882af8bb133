"""Forms as providers post them, read from the raw bytes: fields may be in several charsets, and files are parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from firstline.channels.base import RawRequest
from firstline.channels.email.headers import Headers, decoded, file_name, typed
from firstline.channels.email.mime import Unreadable, pieces

MOST_FIELDS = 400


@dataclass(frozen=True)
class File:
    """One file of a form."""

    name: str
    file_name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Form:
    """Fields as bytes, since their charset is told elsewhere, and files."""

    fields: dict[str, bytes]
    files: Sequence[File] = ()

    def text(self, name: str, charset: str | None = None) -> str:
        """A field as text."""
        return decoded(self.fields.get(name, b""), charset or "utf-8")


def form_of(request: RawRequest) -> Form:
    """:raises Unreadable: if the body is no form."""
    kind = typed(request.headers.get("content-type", ""))
    if kind.value == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(
                request.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
            )
        except ValueError as error:
            raise Unreadable(f"The form cannot be read: {error}") from None
        return Form({name: value.encode("latin-1", "replace") for name, value in pairs})
    boundary = kind.parameters.get("boundary", "")
    if kind.value != "multipart/form-data" or not boundary:
        raise Unreadable(f"A form was expected; this is {kind.value or 'nothing that has a type'}.")
    fields: dict[str, bytes] = {}
    files: list[File] = []
    for block in pieces(request.body, boundary)[:MOST_FIELDS]:
        head, gap, body = block.partition(b"\r\n\r\n")
        if not gap:
            head, _, body = block.partition(b"\n\n")
        headers = Headers.read(head)
        shown = typed(headers.first("content-disposition"))
        name = shown.parameters.get("name", "")
        if "filename" in shown.parameters:
            media = typed(headers.first("content-type")).value or "application/octet-stream"
            files.append(File(name, file_name(shown.parameters["filename"]), media, body))
        elif name:
            fields.setdefault(name, body)
    return Form(fields, files)
