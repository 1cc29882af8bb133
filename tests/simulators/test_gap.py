"""An hour without Firstline: Meta ends the subscription; afterwards it is there again, and so is everything that was said."""

import pytest

from tests.product.running import Product
from tests.simulators.standing_in import Meta, simulated

NOBODY = "http://127.0.0.1:9"
ANA, BEA = "4915112345678", "4915187654321"


@pytest.mark.slow
@pytest.mark.promise("CH4", "CH7")
@pytest.mark.parametrize("kind", ["messenger", "instagram"])
def test_after_an_hour_of_failed_deliveries_what_was_missed_is_read_back_and_answered_once(product: Product, kind: str) -> None:
    with simulated(product, kind) as meta:
        product.agent(meta.account)
        assert product.post(f"/channel-accounts/{meta.account}/check")["ok"] is True
        meta.does("says", text="How many days do I have to give a bike back?")
        assert "30 days" in meta.words(1)
        _hour_without(product, meta)
        product.post(f"/channel-accounts/{meta.account}/missed/read")
        told = product.until(lambda: (one := _missed(product, meta)) and not one["reading"] and one)
        assert told["summary"] == "server 4, ingested 2, read back 2, nothing missing"
        shown = product.get(f"/channel-accounts/{meta.account}")["attention"]
        assert shown["broken"] is False
        assert "within 6 months" in meta.words(2)
        assert "30 days" in meta.words(3)
        meta.does("says", text="I want to talk to a human please")
        assert meta.words(4)
        assert [one["to"] for one in meta.world.sent] == [ANA, ANA, BEA, ANA]


def _hour_without(product: Product, meta: Meta) -> None:
    """Nothing that Meta delivers arrives; after an hour it does not even try."""
    meta.act("quiet")
    meta.act("set", target=NOBODY)
    meta.does("says", text="Is the first service of a new bike free?")
    product.until(lambda: meta.world.failing.since)
    meta.act("passes", hours=1.1)
    product.until(lambda: meta.kind in meta.world.failing.ended)
    meta.does("says", who=BEA, text="How many days do I have to give a bike back?")
    meta.act("set", target=product.url)


def _missed(product: Product, meta: Meta) -> dict[str, object]:
    return product.get(f"/channel-accounts/{meta.account}/missed")
