"""Files that come by HTTP: taken in up to a limit, refused as soon as they are known to be larger."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from firstline.kit.errors import Invalid, TooLarge

_OVERHEAD = 1_000_000
"""Bytes that a form may have beside its file."""


@dataclass(frozen=True)
class Upload:
    """An uploaded file with the other fields of its form."""

    name: str
    content_type: str | None
    body: bytes
    fields: Mapping[str, str]


def limited(request: Request, most: int, *, beside: int = 0) -> Request:
    """The request, refused when it is larger than ``most`` bytes: at once if it says so, else when they have come.

    :param beside: bytes allowed beyond that for what stands around the content.
    :raises TooLarge: naming the limit.
    """
    refusal = TooLarge(f"The upload is larger than {most // 1_000_000} MB, which is the limit.", field="file")
    most += beside
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise refusal
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise refusal
        return message

    return Request(request.scope, receive)


async def upload_of(request: Request, most_mb: int) -> Upload:
    """The file in the field ``file`` of a form.

    :raises Invalid: if there is none. :raises TooLarge: beyond ``most_mb``.
    """
    try:
        async with limited(request, most_mb * 1_000_000, beside=_OVERHEAD).form(max_files=1, max_fields=20) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid("Send the file in the form's field “file”.", field="file")
            fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
            return Upload(file.filename or "", file.content_type, await file.read(), fields)
    except (MultiPartException, HTTPException) as error:
        said = error.message if isinstance(error, MultiPartException) else error.detail
        raise Invalid(f"The form cannot be read: {said}", field="file") from None
