"""Webhooks with something wrong in them: JSON whose parts are replaced, doubled, moved and dropped, and broken bytes."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.fuzz.deliveries import channel, messenger, whatsapp
from bench.fuzz.target import LARGEST, Target
from firstline.channels.base import Account, RawRequest
from firstline.channels.custom import parse as custom
from firstline.channels.messenger.parse import parse as parse_page
from firstline.channels.whatsapp.parse import parse as parse_number
from tests.channels.messenger.test_parse import account as page_account
from tests.channels.whatsapp.payloads import account as number_account

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
DEEP = "deep!"
"""Stands for brackets in brackets, far deeper than anything that is read by recursion can go."""
ODD: list[Any] = [
    DEEP,
    None, True, False, 0, -1, 2**31, 2**63, -(2**63), 10**60, 1.5, 1e308, -0.0, [], {}, [[]], [None], [{}], {"": ""},
    {"id": {"id": []}}, "", " ", "\x00", "\ud800", "\u202e", "é" * 40_000, "a" * 90_000, "9" * 400, "٣٣", "1e9", "99999999999999",
    "2026-13-40T99:99:99Z", "http://[::1", "data:,x", "javascript:alert(1)", "wamid.1", "text", "opt:stop", "+49341",
]  # fmt: skip


def nodes(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all parts of a JSON value."""
    yield path
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in children:
        yield from nodes(child, (*path, key))


def mutated(random_: random.Random, pool: list[Any]) -> bytes:
    """A delivery with up to five things wrong."""
    tree = {"": copy.deepcopy(random_.choice(pool))}
    for _ in range(random_.randint(1, 5)):
        paths = [path for path in nodes(tree) if path]
        if not paths:
            break
        *way, last = random_.choice(paths)
        holder: Any = tree
        for key in way:
            holder = holder[key]
        _broken(random_, holder, last, pool)
    deep = random_.choice([100, 1_500, 30_000])
    written = json.dumps(tree.get("", tree)).replace(json.dumps(DEEP), "[" * deep + "]" * deep)
    raw = bytearray(written.encode())
    if not random_.randrange(8):
        at = random_.randrange(len(raw) + 1)
        raw[at : at + random_.randint(0, 30)] = random_.randbytes(random_.randint(0, 8))
    return bytes(raw[:LARGEST])


def _broken(random_: random.Random, holder: Any, key: Any, pool: list[Any]) -> None:
    """Something done to one part."""
    match random_.randrange(7):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [copy.deepcopy(holder[key]) for _ in range(random_.choice([2, 3, 50]))]
        case 2:
            holder[key] = copy.deepcopy(random_.choice(pool))
        case 3:
            held: Any = holder[key]
            for _ in range(random_.choice([1, 5, 40])):
                held = {"x": held} if random_.randrange(2) else [held]
            holder[key] = held
        case 4 if isinstance(holder, dict):
            holder[random_.choice(["id", "type", "from", "timestamp", "text", "\x00", "errors"])] = holder.pop(key)
        case _:
            holder[key] = copy.deepcopy(random_.choice(ODD))


def _reads(parse: Callable[[Account, RawRequest], object], account: Account) -> Callable[[bytes], None]:
    """A body that is JSON must be read without any error, twice with the same result."""

    def read(raw: bytes) -> None:
        request = RawRequest("POST", "", {}, {}, raw, NOW)
        try:
            found = parse(account, request)
        except ValueError:
            if _is_json(raw):
                raise AssertionError("JSON was refused") from None
            return
        if found != parse(account, request):
            raise AssertionError("the same bytes were read differently")

    return read


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def targets() -> list[Target]:
    """The parsers of Meta's webhooks and of a custom channel's."""
    bot = Account("cha_1", "custom", "Bot", "inbox", {}, {})
    readers = [
        ("whatsapp", parse_number, number_account(), whatsapp()),
        ("messenger", parse_page, page_account(), messenger()),
        ("custom", custom.parse, bot, channel()),
    ]
    return [
        Target(name, _reads(parse, account), lambda random_, pool=pool: mutated(random_, pool), ())  # type: ignore[misc]
        for name, parse, account, pool in readers
    ]
