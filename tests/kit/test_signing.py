"""Signed webhooks: what we sign the standard's library accepts, and the other way round."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from firstline.kit.signing import BadSignature, check, is_secret, new_secret, signed

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)
OLD, NEW = new_secret(), new_secret()
BODY = '{"text": "für Mira"}'.encode()


@pytest.mark.promise("CC1")
def test_a_delivery_carries_a_signature_of_every_secret_in_rotation() -> None:
    headers = signed([NEW, OLD], "msg_1", NOW, BODY)
    for secret in (NEW, OLD):
        assert check([secret], headers, BODY, NOW) == "msg_1"
    with pytest.raises(BadSignature):
        check([new_secret()], headers, BODY, NOW)


def test_our_signature_is_the_one_of_the_standards_library() -> None:
    now = datetime.now(UTC)
    Webhook(NEW).verify(BODY, signed([NEW], "msg_1", now, BODY))


@pytest.mark.promise("CC2")
@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_a_signature_more_than_five_minutes_away_is_refused(minutes: int) -> None:
    headers = signed([NEW], "msg_1", NOW + timedelta(minutes=minutes), BODY)
    with pytest.raises(BadSignature, match="five minutes"):
        check([NEW], headers, BODY, NOW)


def test_unknown_versions_are_passed_over_and_broken_items_are_not() -> None:
    headers = signed([NEW], "msg_1", NOW, BODY)
    good = headers["webhook-signature"]
    assert check([NEW], {**headers, "webhook-signature": f"v9,xyz v1a,abc {good}"}, BODY, NOW)
    for broken in (f"{good} nonsense", "v1", "", "v1,", good.replace("v1,", "v2,"), " ".join([good] * 30)):
        with pytest.raises(BadSignature):
            check([NEW], {**headers, "webhook-signature": broken}, BODY, NOW)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()), st.binary())
def test_no_header_makes_the_check_do_anything_but_refuse(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature):
        check([NEW], headers, body, NOW)


def test_a_secret_has_the_standards_form() -> None:
    assert is_secret(new_secret())
    assert not any(is_secret(one) for one in ("", "whsec_", "whsec_short", "secret", "whsec_" + "ä" * 40, "whsec_" + "A" * 200))
