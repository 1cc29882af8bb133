"""What will be a trouble is said before it is one: tokens that end, numbers that customers dislike, limits of Meta."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from firstline.channels import accounts, attention
from firstline.channels.base import Account
from firstline.channels.checking import Checks
from firstline.channels.graph.health import BEFORE, about_end, app_token, ends_at
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Fault
from tests.channels.meta import Meta
from tests.world import KEYRING

NOW = datetime(2026, 11, 22, 9, 46, tzinfo=UTC)


def checks(meta: Meta, account: Account) -> dict[str, str]:
    """Check the account; its notes."""
    fresh = meta.shop.database.run(accounts.which, account.id, KEYRING)
    works, said = asyncio.run(Checks(meta.shop.database, meta.channels, KEYRING).check(fresh))
    assert works, said
    return {one.code: one.text for one in meta.shop.database.run(attention.notes, account.id)}


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (None, ""),
        (timedelta(days=15), ""),
        (BEFORE, "in 14 days"),
        (timedelta(days=1, hours=2), "tomorrow"),
        (timedelta(hours=3), "within a day"),
        (timedelta(days=-2), "within a day"),
    ],
)
def test_the_end_of_a_token_is_told_two_weeks_before(left: timedelta | None, says: str) -> None:
    notice = about_end("c", None if left is None else NOW + left, NOW, "Make a new one.")
    assert notice.over is (says == "")
    assert says in notice.text
    assert not notice.broken


def test_the_earlier_end_counts_and_zero_is_never() -> None:
    assert ends_at({"expires_at": 0, "data_access_expires_at": 0}) is None
    assert ends_at({"expires_at": 0, "data_access_expires_at": 1_800_000_000}) == datetime.fromtimestamp(1_800_000_000, UTC)
    assert ends_at({"expires_at": "x", "data_access_expires_at": 10**15}) is None


@pytest.mark.promise("CH7")
@pytest.mark.parametrize("kind", ["whatsapp", "messenger"])
def test_an_account_whose_token_ends_soon_works_and_says_so_until_there_is_a_new_one(meta: Meta, kind: str) -> None:
    account = meta.account(kind)
    assert checks(meta, account) == {}
    meta.world.settings.token_ends = NOW.timestamp() + 5 * 86_400 + 60
    (text,) = checks(meta, account).values()
    assert "in 5 days" in text
    shown = meta.shop.database.run(accounts.which, account.id).attention
    assert shown is not None
    assert shown["broken"] is False
    meta.world.settings.token_ends = 0.0
    assert checks(meta, account) == {}


@pytest.mark.promise("CH4", "CH7")
def test_a_token_of_instagram_login_is_renewed_by_itself_and_the_new_one_is_used(meta: Meta) -> None:
    account = meta.account("instagram")
    assert checks(meta, account) == {}
    (renewed,) = meta.world.renewed
    assert meta.shop.database.run(accounts.which, account.id, KEYRING).secrets["access_token"] == renewed
    meta.world.settings.token = "ended"
    talk = meta.hears(account)
    meta.replies(talk)
    assert len(meta.delivers(talk)) == 1


@pytest.mark.promise("CH7")
def test_a_renewed_token_is_left_alone_for_a_week_because_meta_renews_none_younger_than_a_day(meta: Meta) -> None:
    account = meta.account("instagram")
    assert checks(meta, account) == {}
    for _ in range(4):
        meta.passes(hours=6)
        assert checks(meta, account) == {}
    assert len(meta.world.renewed) == 1
    meta.passes(days=6)
    assert checks(meta, account) == {}
    assert len(meta.world.renewed) == 2


@pytest.mark.promise("CH7")
def test_a_refused_renewal_is_told_only_when_the_token_cannot_be_too_young(meta: Meta) -> None:
    account = meta.account("instagram")
    meta.world.settings.token_made = meta.world.now()
    assert checks(meta, account) == {}
    meta.world.faults.append(Fault(190, 463, 400, times=9, path="/refresh_access_token"))
    meta.passes(hours=25)
    assert checks(meta, account) == {}
    meta.passes(hours=25)
    (text,) = checks(meta, account).values()
    assert "could not be renewed" in text
    meta.world.faults.clear()
    assert checks(meta, account) == {}


def test_a_renewal_asks_without_a_version_and_names_the_token_as_instagram_wants_it(meta: Meta) -> None:
    checks(meta, meta.account("instagram"))
    assert "GET /refresh_access_token" in meta.world.asked


def test_the_app_itself_asks_about_the_token_where_its_id_is_known(meta: Meta) -> None:
    meta.world.settings.token_ends = NOW.timestamp() + 5 * 86_400
    page = meta.account("messenger")
    meta.world.faults.append(Fault(190, 0, 401, path="/debug_token"))
    assert checks(meta, page) == {}
    assert list(checks(meta, page)) == ["messenger:token_ends"]
    assert app_token("", "secret") == app_token("1", "") == ""


@pytest.mark.promise("CH7")
def test_a_bad_rating_of_the_number_is_noted_and_gone_when_it_is_good_again(meta: Meta) -> None:
    account = meta.account("whatsapp")
    meta.world.settings.quality = "RED"
    assert "badly" in checks(meta, account)["whatsapp:quality"]
    meta.take(account, whatsapp("phone_number_quality_update", event="UNFLAGGED", current_limit="TIER_1K"))
    assert meta.shop.database.run(attention.notes, account.id) == []
    meta.take(account, whatsapp("phone_number_quality_update", event="FLAGGED", current_limit="TIER_1K"))
    meta.take(account, whatsapp("business_capability_update", max_daily_conversation_per_phone=2000))
    assert {one.code for one in meta.shop.database.run(attention.notes, account.id)} == {"whatsapp:quality", "whatsapp:limit"}
    meta.world.settings.quality = "GREEN"
    assert set(checks(meta, account)) == {"whatsapp:limit"}


@pytest.mark.promise("CH7")
def test_a_restricted_account_needs_attention_with_what_meta_names_and_recovers_when_it_is_back(meta: Meta) -> None:
    account = meta.account("whatsapp")
    restriction = [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1}]
    meta.take(account, whatsapp("account_update", event="ACCOUNT_RESTRICTION", restriction_info=restriction))
    shown = meta.shop.database.run(accounts.which, account.id).attention
    assert shown is not None
    assert (shown["broken"], "restricted biz initiated messaging" in shown["cause"]) == (True, True)
    meta.take(account, whatsapp("account_update", event="ACCOUNT_RECONNECTED"))
    assert meta.shop.database.run(accounts.which, account.id).attention is None


@pytest.mark.promise("CH7")
def test_a_restriction_stays_worth_knowing_when_a_reply_gets_through_all_the_same(meta: Meta) -> None:
    account = meta.account("whatsapp")
    talk = meta.hears(account)
    restriction = [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1}]
    meta.take(account, whatsapp("account_update", event="ACCOUNT_RESTRICTION", restriction_info=restriction))
    meta.replies(talk)
    assert len(meta.delivers(talk)) == 1
    shown = meta.shop.database.run(accounts.which, account.id).attention
    assert shown is not None
    assert (shown["broken"], "restricted biz initiated messaging" in shown["cause"]) == (False, True)
    meta.take(account, whatsapp("account_update", event="ACCOUNT_RECONNECTED"))
    assert meta.shop.database.run(accounts.which, account.id).attention is None


def test_what_cannot_be_asked_now_is_left_out(meta: Meta) -> None:
    account = meta.account("whatsapp")
    meta.world.faults.append(Fault(2, 0, 503, path="/debug_token"))
    assert checks(meta, account) == {}
