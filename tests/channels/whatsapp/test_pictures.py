"""Pictures are drawn anew as WhatsApp takes them; what cannot be is refused, whatever the bytes are."""

import contextlib
import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firstline.channels.refusals import FileRefused
from firstline.channels.whatsapp.pictures import MOST_BYTES, converted
from firstline.channels.whatsapp.render import wire_kind
from firstline.conversations.rules import Attachment
from tests.effort import effort

RED: dict[str, Any] = {
    "RGB": (255, 0, 0),
    "RGBA": (255, 0, 0, 255),
    "CMYK": (0, 255, 255, 0),
    "L": 90,
    "LA": (90, 255),
    "I;16": 90 * 256,
    "P": 1,
}


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def file(content: bytes, name: str = "Fahrrad.tiff", media_type: str = "image/png") -> Attachment:
    return Attachment("image", name, media_type, len(content), ref="att_1", content=content)


def drawn(content: bytes) -> tuple[Attachment, Image.Image]:
    made = converted(file(content))
    picture = Image.open(BytesIO(made.content or b""))
    picture.load()
    return made, picture


@pytest.mark.promise("CH3")
@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("I;16", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("RGB", "PNG")],
)
def test_whatever_kind_of_picture_becomes_eight_bits_rgb(mode: str, kind: str) -> None:
    made, picture = drawn(saved(Image.new(mode, (60, 40), RED[mode]), kind))
    assert (picture.mode, made.media_type) in (("RGB", "image/jpeg"), ("RGBA", "image/png"))
    assert picture.size == (60, 40)
    assert wire_kind(made) == "image"
    assert made.name == ("Fahrrad.png" if made.media_type == "image/png" else "Fahrrad.jpg")
    assert (made.ref, made.size) == ("att_1", len(made.content or b""))


def test_sixteen_bits_keep_their_brightness() -> None:
    _, picture = drawn(saved(Image.new("I;16", (60, 40), 90 * 256), "PNG"))
    shade = picture.getpixel((30, 20))
    assert isinstance(shade, tuple)
    assert all(abs(channel - 90) < 4 for channel in shade)


def test_what_is_transparent_stays_so() -> None:
    _, picture = drawn(saved(Image.new("RGBA", (60, 40), (255, 0, 0, 60)), "PNG"))
    assert picture.getpixel((30, 20)) == (255, 0, 0, 60)


def test_a_camera_that_was_held_upright_is_heeded_and_where_it_was_is_left_out() -> None:
    taken = Image.Exif()
    taken[0x0112] = 6
    taken[0x010F] = "A camera of Ana's"
    made, picture = drawn(saved(Image.new("RGB", (60, 40), RED["RGB"]), "JPEG", exif=taken.tobytes()))
    assert picture.size == (40, 60)
    assert b"camera of Ana" not in (made.content or b"")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_that_is_too_large_becomes_smaller_until_it_fits(mode: str) -> None:
    size = (2600, 1900)
    noise = random.Random(1).randbytes(size[0] * size[1] * len(mode))
    made, picture = drawn(saved(Image.frombytes(mode, size, noise), "PNG", compress_level=0))
    assert 0 < (made.size or 0) <= MOST_BYTES
    assert picture.width / picture.height == pytest.approx(2600 / 1900, rel=0.01)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"0" * 60,
        b"\xff\xd8\xff\xe0" + b"\x00" * 200,
        saved(Image.new("RGB", (60, 40)), "JPEG")[:200],
        b"GIF89a" + b"\x00" * 60,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        bomb(60_000, 60_000),
        bomb(9_000, 9_000),
        bomb(2_000_000_000, 1),
        bomb(7_000, 7_000),
    ],
)
def test_what_is_no_whole_picture_is_refused_soon(content: bytes) -> None:
    def converting() -> None:
        with pytest.raises(FileRefused):
            converted(file(content))

    assert effort(converting, 2.0) < 2.0


@settings(max_examples=150, deadline=None)
@given(
    cut=st.integers(0, 900), at=st.integers(0, 900), noise=st.binary(max_size=12), kind=st.sampled_from(["JPEG", "PNG", "WEBP"])
)
def test_broken_pictures_are_drawn_or_refused_and_nothing_else(cut: int, at: int, noise: bytes, kind: str) -> None:
    whole = saved(Image.effect_noise((30, 20), 60).convert("RGB"), kind)
    broken = (whole[:at] + noise + whole[at + len(noise) :])[: len(whole) - cut % len(whole)]
    with contextlib.suppress(FileRefused):
        assert wire_kind(converted(file(broken))) == "image"
