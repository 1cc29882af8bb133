"""Every request of the guide to the API is carried out, and answers as the guide shows."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from firstline.people import keys
from tests.docs.curl import Call, calls
from tests.docs.pages import ROOT
from tests.product.running import Product
from tests.world import Shop

GUIDE = ROOT / "docs" / "how-to" / "use-the-api.md"
_STEP = re.compile(r"^```(bash|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_VARIABLES = {"agt": "AGENT", "cha": "ACCOUNT", "src": "SOURCE", "dpl": "DEPLOYMENT"}
_PRICES = b"part,price\nBrake pads,18.00 EUR\nChain,32.50 EUR\n"


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Iterator[Product]:
    """The product over Veloria's database, serving."""
    with Product(shop, tmp_path).running() as running:
        yield running


def test_the_guide_to_the_api_shows_what_happens(product: Product, shop: Shop) -> None:
    _, key = shop.database.run(keys.create_api_key, "guide", by=shop.ines)
    heard = shop.hears("Would Tuesday morning work?")
    variables = {"FIRSTLINE": product.url, "KEY": key, "CONVERSATION": heard.conversation_id}
    answer: Any = None
    for language, text in _STEP.findall(GUIDE.read_text("utf-8")):
        if language == "json":
            assert _shows(json.loads(text), answer) == [], text
            continue
        for call in calls(text, variables):
            answer = product.until(partial(_carried_out, call))
            prefix, _, rest = str(answer.get("id", "")).partition("_") if isinstance(answer, dict) else ("", "", "")
            if rest and prefix in _VARIABLES and call.method == "POST" and not call.files:
                variables[_VARIABLES[prefix]] = answer["id"]


def _carried_out(call: Call) -> Any:
    """What is answered; None where a source is still read and the guide says to wait."""
    files = {name: (path, _PRICES, "text/csv") for name, path in call.files.items()} or None
    answer = httpx.request(
        call.method, call.url, headers=call.headers, json=call.body, data=call.form or None, files=files, timeout=30
    )
    assert answer.is_success or "cnv_nothing" in call.url, f"{call.method} {call.url}: {answer.status_code} {answer.text}"
    found = answer.json()
    return None if call.method == "GET" and "/sources/" in call.url and found["state"] != "ready" else found


def _shows(shown: Any, real: Any, place: str = "answer") -> list[str]:
    """Where the guide shows something that the answer does not have; “…” and numbers stand for their kind."""
    if isinstance(shown, dict) and isinstance(real, dict):
        missing = [f"{place}.{name} is not in it" for name in shown if name not in real]
        return missing + [one for name in shown if name in real for one in _shows(shown[name], real[name], f"{place}.{name}")]
    if isinstance(shown, list) and isinstance(real, list):
        if len(shown) > len(real):
            return [f"{place} has {len(real)} items"]
        return [one for number, part in enumerate(shown) for one in _shows(part, real[number], f"{place}[{number}]")]
    if isinstance(shown, str) and "…" in shown:
        return [] if isinstance(real, str) and real.startswith(shown.partition("…")[0]) else [f"{place} is {real!r}"]
    if isinstance(shown, float) or place.endswith(".ms"):
        return [] if isinstance(real, int | float) else [f"{place} is {real!r}"]
    return [] if shown == real else [f"{place} is {real!r}"]
