"""Which files of visitors a chat takes. Everything here is pure; the browser is told the same limits before it sends."""

from dataclasses import dataclass
from enum import StrEnum

PER_MESSAGE = 10
"""Files of one message."""
MEGABYTE = 1_000_000
AT_ONCE = 20
"""Files a visitor may have chosen and not sent."""
PENDING = 60 * MEGABYTE
"""Their bytes together."""
A_DAY = 200 * MEGABYTE
"""Bytes of files that one visitor sends within 24 hours."""
OF_ACCOUNT = 2_000 * MEGABYTE
"""Bytes that all visitors of a chat may have chosen and not sent: a stranger is a new visitor whenever he likes."""

_PICTURES = frozenset(f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif", "heic", "heif", "bmp", "tiff"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENTS = frozenset(
    (
        "application/pdf",
        "application/rtf",
        "application/x-ole-storage",
        f"{_OFFICE}wordprocessingml.document",
        f"{_OFFICE}spreadsheetml.sheet",
        f"{_OFFICE}presentationml.presentation",
        "text/plain",
        "text/csv",
    )
)
_RECORDINGS = frozenset(
    f"{family}/{kind}"
    for family, kinds in (("audio", ("ogg", "mpeg", "mp4", "wav", "flac", "amr")), ("video", ("mp4", "webm", "quicktime")))
    for kind in kinds
)


class Taken(StrEnum):
    """What a chat takes from visitors."""

    NOTHING = "nothing"
    PICTURES = "pictures"
    FILES = "files"


_TYPES = {Taken.NOTHING: frozenset[str](), Taken.PICTURES: _PICTURES, Taken.FILES: _PICTURES | _DOCUMENTS | _RECORDINGS}
_CHOOSER = {
    Taken.NOTHING: "",
    Taken.PICTURES: "image/*",
    Taken.FILES: "image/*,audio/*,video/*,.pdf,.txt,.csv,.rtf,.doc,.docx,.xls,.xlsx,.ppt,.pptx",
}


@dataclass(frozen=True)
class Limits:
    """What one chat takes."""

    taken: Taken
    size: int
    """Bytes of one file."""

    def as_data(self) -> dict[str, object] | None:
        """As the browser is told, so that it can say so before anything is sent; None where no files are taken."""
        if self.taken is Taken.NOTHING:
            return None
        return {"count": PER_MESSAGE, "size": self.size, "accept": _CHOOSER[self.taken]}


@dataclass(frozen=True)
class No:
    """Why a file is not taken; ``say`` names a sentence of the catalogue."""

    say: str
    status: int
    max: int = 0


def announced(limits: Limits, length: int | None) -> No | None:
    """Whether an upload may begin, by what it says of itself."""
    if limits.taken is Taken.NOTHING:
        return No("no_files", 403)
    if length is not None and length > limits.size:
        return No("file_too_large", 413, limits.size // MEGABYTE)
    if length == 0:
        return No("file_empty", 422)
    return None


def arrived(limits: Limits, size: int, length: int | None, media_type: str) -> No | None:
    """Whether what has come is taken. ``media_type`` is what the content shows, not what the name or the sender claims."""
    if size > limits.size:
        return No("file_too_large", 413, limits.size // MEGABYTE)
    if size == 0:
        return No("file_empty", 422)
    if length is not None and size != length:
        return No("upload_failed", 400)
    if media_type not in _TYPES[limits.taken]:
        return No("file_type", 415)
    return None


def room(pending: int, pending_bytes: int, sent_today: int, of_account: int, size: int) -> No | None:
    """Whether there is room for one more of this size."""
    if pending >= AT_ONCE or pending_bytes + size > PENDING:
        return No("files_pending", 429)
    if sent_today + pending_bytes + size > A_DAY or of_account + size > OF_ACCOUNT:
        return No("files_today", 429)
    return None
