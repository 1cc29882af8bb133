"""What is said of a message besides its words."""

from typing import Any

import pytest

from firstline.console.asides import asides, how_sent


@pytest.mark.promise("IN2", "CH3")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, []),
        ({"forwarded": "once"}, ["Forwarded"]),
        ({"forwarded": "often"}, ["Forwarded many times"]),
        ({"referral": {"source_type": "ad", "headline": "Spring sale"}}, ["From an ad: Spring sale"]),
        ({"referral": {"source_type": "post", "source_id": "77"}}, ["From a post or link: 77"]),
        ({"referral": {"source": "ADS", "ad_id": "5"}}, ["From an ad: 5"]),
        ({"referral": {}}, ["From a post or link"]),
        ({"product": {"catalog_id": "c", "product_retailer_id": "B-7"}}, ["Asks about the product B-7"]),
        ({"revoked": True, "edits": [{}], "forwarded": "once"}, ["The customer took this back", "Forwarded"]),
        ({"edits": [{}]}, ["Changed by the customer"]),
        ({"sent_as": {"att_1": {"form": "converted", "why": "No."}, "att_2": {"form": "link", "why": "No."}}}, ["No."]),
    ],
)
def test_what_is_known_is_said_in_few_words(data: dict[str, Any], said: list[str]) -> None:
    assert asides(data) == said


@pytest.mark.parametrize("junk", [None, 7, "x" * 5000, [], {"headline": {"a": 1}}, {"headline": "x" * 5000}, {"att_1": "link"}])
def test_what_others_wrote_is_short_or_left_out(junk: Any) -> None:
    for key in ("forwarded", "referral", "product", "sent_as", "resend", "edits"):
        assert all(len(one) < 200 for one in asides({key: junk}))


@pytest.mark.parametrize(
    ("told", "how"),
    [
        ({"att_1": {"form": "converted"}}, "converted"),
        ({"att_1": {"form": "link"}}, "as a link"),
        ({"att_2": {"form": "link"}}, ""),
        ({"att_1": "link"}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_a_file_says_in_which_form_it_went(told: Any, how: str) -> None:
    assert how_sent({"sent_as": told}, "att_1") == how
