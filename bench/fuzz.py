"""Fuzzing of what reads bytes from outside: bench/run fuzz [SECONDS] [SEED].

Mails are mutated and spliced for so long (20 s unless said otherwise; 600 for a release). Nothing but the declared errors may
be raised, and no input of 100 kB may take a second. Prints JSON; what failed is kept in ``fuzz-*.eml`` files in a temporary
folder, to become tests.
"""

import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from firstline.channels.base import Forged, RawRequest
from firstline.channels.email.display import for_display
from firstline.channels.email.mime import Unreadable
from firstline.channels.email.parse import parse
from firstline.channels.email.quotes import reply_only
from tests.channels.email.letters import AT, SIGNER, mail, mailbox
from tests.channels.email.test_meaning import dsn
from tests.channels.email.test_mime import multipart, part
from tests.channels.email.test_providers import account, form, mailgun, postmark
from tests.channels.email.test_reading import QUOTED

LARGEST = 100_000
SLOW = 1.0
TOKENS = [
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n", b"--x--\r\n", b"\r\n\r\n", b"=?utf-8?B?", b"?=", b"<", b">",
    b"Content-Transfer-Encoding: base64\r\n", b"\xff\xfe", b"\x00", b"<div>", b"<table><tr><td>", b"style='color:white'", b"&#",
    b"On Mon, 3 Nov 2026, x wrote:\n", b"filename*0*=", b";", b"charset=utf-7", b"From: ", b"References: <a@b>", b"----",
    b"_____", b"{", b"[", b"(", b'"', b"> ",
]  # fmt: skip


def seeds() -> list[bytes]:
    """Mails to begin with."""
    html = part(b"<p>Hi <img src='cid:a'></p><blockquote type=cite>old</blockquote>", "text/html")
    made = [mail(), mail(in_reply_to="<a@b>", authentication_results="mx; dmarc=pass"), dsn("<a@b>"), multipart(html, part(b"x"))]
    return [*made, *(mail(text) for text, _ in QUOTED)]


def mutated(random_: random.Random, pool: list[bytes]) -> bytes:
    """A mail with something wrong: cut, repeated, spliced, sprinkled."""
    raw = bytearray(random_.choice(pool))
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(raw) + 1)
        match random_.randrange(6):
            case 0:
                raw[at : at + random_.randint(1, 40)] = b""
            case 1:
                raw[at:at] = random_.choice(TOKENS)
            case 2:
                raw[at:at] = random_.choice(TOKENS) * random_.randint(1, LARGEST // 40)
            case 3:
                raw[at:at] = random_.choice(pool)[: random_.randint(1, 2_000)]
            case 4:
                raw[at:at] = random_.randbytes(random_.randint(1, 30))
            case _:
                if raw:
                    raw[at % len(raw)] = random_.randrange(256)
    return bytes(raw[:LARGEST])


def _mail(raw: bytes) -> None:
    parse(mailbox(trusted_servers=["mx"]), RawRequest(rest="imap/INBOX/1/1", query={"folder": "inbox"}, body=raw, at=AT), SIGNER)


def _provider(way: str) -> Callable[[bytes], None]:
    given = {"mailgun": mailgun(), "postmark": postmark(), "sendgrid": form("sendgrid", {"email": b"x"}), "ses": form("ses", {})}[
        way
    ]

    def read(raw: bytes) -> None:
        request = RawRequest("POST", way, given.query, given.headers, raw, AT)
        parse(account(), request, SIGNER)

    return read


def _text(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    reply_only(text)
    for_display(text, lambda source: None)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "mail": _mail,
    "text": _text,
    **{way: _provider(way) for way in ("mailgun", "postmark", "sendgrid", "ses")},
}
DECLARED = (Unreadable, Forged)


def main(seconds: float, seed: int) -> int:
    """Fuzz; 1 if anything was found."""
    random_, pool = random.Random(seed), seeds()
    pools = {"mailgun": [mailgun().body], "postmark": [postmark().body], "sendgrid": [form("sendgrid", {"email": mail()}).body]}
    ends, runs, worst, found = time.monotonic() + seconds, 0, 0.0, []
    folder = Path(tempfile.mkdtemp(prefix="firstline-fuzz-"))
    while time.monotonic() < ends:
        name = random_.choice(list(TARGETS))
        raw = mutated(random_, [*pool, *pools.get(name, []) * 10])
        began = time.perf_counter()
        why = ""
        try:
            TARGETS[name](raw)
        except DECLARED:
            pass
        except Exception as error:
            why = "".join(traceback.format_exception(error, limit=-3))
        took = time.perf_counter() - began
        worst, runs = max(worst, took), runs + 1
        if why or took > SLOW:
            kept = folder / f"fuzz-{len(found)}-{name}.eml"
            kept.write_bytes(raw)
            found.append({"target": name, "seconds": round(took, 3), "why": why[-600:] or "too slow", "kept": str(kept)})
            if len(found) >= 20:
                break
    print(json.dumps({"seed": seed, "runs": runs, "worst_seconds": round(worst, 3), "found": found}, indent=2))
    return 1 if found else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(float(given[0]) if given else 20.0, int(given[1]) if len(given) > 1 else 1))
