"""A picture that WhatsApp refused, drawn anew: JPEG or PNG with 8 bits a channel and at most 5 MB (decision 0033).

Meta's documentation of supported media types: *images must be 8-bit, RGB or RGBA*. Cameras and print programs make others: CMYK,
16 bits, progressive files with broken ends.
"""

from dataclasses import replace
from io import BytesIO
from pathlib import PurePath

from PIL import Image, ImageOps

from firstline.channels.refusals import FileRefused
from firstline.conversations.rules import Attachment

MOST_BYTES = 4_900_000
"""A little less than Meta's 5 MB, because nobody knows which megabyte is meant."""
MOST_PIXELS = 50_000_000
"""Of a picture that is opened at all: decoding holds all of them in memory."""
EDGE = 4_096
"""Pixels of the longer side of what is drawn."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITIES = (88, 75, 60)
_DEEP = ("I;16", "I;16B", "I;16L", "I")


def converted(file: Attachment) -> Attachment:
    """The same picture, as WhatsApp takes it. Where it was taken and by which camera is left out.

    :raises FileRefused: if it is no picture, is broken, or has too many pixels.
    """
    try:
        picture = _opened(file.content or b"")
        content, media_type = _drawn(picture)
    except FileRefused:
        raise
    except Exception as error:  # decoders raise anything on broken files
        raise FileRefused(f"It is no picture that can be converted ({type(error).__name__}).") from None
    name = f"{PurePath(file.name or 'picture').stem}.{'png' if media_type == 'image/png' else 'jpg'}"
    return replace(file, kind="image", name=name, media_type=media_type, size=len(content), content=content, sha256=None)


def _opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=_FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise FileRefused(f"The picture has {picture.width:,} × {picture.height:,} pixels, too many to be converted.")
        picture.draft("RGB", (EDGE, EDGE))
        upright = ImageOps.exif_transpose(picture)
        upright.load()
    upright.thumbnail((EDGE, EDGE))
    return upright


def _drawn(picture: Image.Image) -> tuple[bytes, str]:
    if picture.mode in _DEEP:
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        content = _saved(whole, "PNG")
        if len(content) <= MOST_BYTES:
            return content, "image/png"
        picture = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)
    plain = picture.convert("RGB")
    for quality in _QUALITIES:
        content = _saved(plain, "JPEG", quality=quality)
        if len(content) <= MOST_BYTES:
            return content, "image/jpeg"
    plain.thumbnail((EDGE // 2, EDGE // 2))
    return _saved(plain, "JPEG", quality=_QUALITIES[-1]), "image/jpeg"


def _saved(picture: Image.Image, kind: str, **how: int) -> bytes:
    out = BytesIO()
    picture.info.clear()
    picture.save(out, kind, **how)
    return out.getvalue()
