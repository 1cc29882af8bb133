"""Limits of a provider: what its answers say of usage, sending more slowly, waiting as a whole."""

import asyncio
import json
from typing import Any

import pytest

from firstline.channels import attention, buckets
from firstline.channels.base import Account, Rate
from firstline.channels.graph.trouble import regained_in
from firstline.channels.graph.usage import Usage, usage_in
from firstline.channels.messenger.channel import Messenger
from firstline.channels.slowing import CODE
from firstline.simulators.meta.world import Fault
from tests.channels.meta import Meta

BUSINESS = {
    "17": [{"type": "messenger", "call_count": 3, "total_time": 91.7, "estimated_time_to_regain_access": 4}, {"call_count": 12}]
}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, Usage()),
        ({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}, Usage(28)),
        ({"x-business-use-case-usage": json.dumps(BUSINESS)}, Usage(91, 4)),
        ({"x-business-use-case-usage": json.dumps(BUSINESS), "x-app-usage": '{"call_count": 97}'}, Usage(97, 4)),
        ({"x-app-usage": '{"call_count": 123456789012345}'}, Usage(1000)),
        ({"x-app-usage": "{"}, Usage()),
        ({"x-app-usage": "[" * 9_000}, Usage()),
        ({"x-app-usage": '{"call_count": NaN, "total_time": -1, "total_cputime": true}'}, Usage()),
        ({"x-app-usage": '"90"', "x-business-use-case-usage": '{"17": {"call_count": 90}}'}, Usage()),
        ({"x-page-usage": '{"call_count": "85"}', "x-app-usage": "[1]"}, Usage(85)),
    ],
)
def test_what_headers_say_of_usage_is_read_and_nothing_else(headers: dict[str, str], found: Usage) -> None:
    assert usage_in(headers) == found


def test_how_long_to_wait_is_said_in_seconds_or_minutes_and_never_more_than_an_hour() -> None:
    assert regained_in({"retry-after": "7"}, 60.0) == 7.0
    assert regained_in({"x-business-use-case-usage": json.dumps(BUSINESS)}, 60.0) == 240.0
    assert regained_in({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 999}]}'}, 60.0) == 3600.0
    assert regained_in({"x-business-use-case-usage": "nonsense"}, 60.0) == 60.0


def notes(meta: Meta, account: Account) -> list[str]:
    return [one.text for one in meta.shop.database.run(attention.notes, account.id) if one.code == CODE]


def two_customers(meta: Meta, account: Account) -> tuple[str, str]:
    return meta.hears(account, id="m_1", who="1"), meta.hears(account, id="m_2", who="2")


@pytest.mark.promise("CH4", "CH7")
@pytest.mark.parametrize(("usage", "pause"), [(85, 1), (92, 5), (99, 15), (110, 60)])
def test_near_the_days_budget_the_whole_account_sends_more_slowly_and_says_so_until_it_is_over(
    meta: Meta, usage: int, pause: int
) -> None:
    page = meta.account("messenger")
    one, other = two_customers(meta, page)
    meta.world.settings.usage = usage
    for talk in (one, other):
        meta.replies(talk)
    assert len(meta.delivers(one)) == 1
    assert meta.delivers(other) == []
    (said,) = notes(meta, page)
    assert ("more than" in said) is (usage < 100)
    meta.passes(seconds=pause - 0.5)
    assert meta.delivers(other) == []
    meta.passes(seconds=0.6)
    assert len(meta.delivers(other)) == 1
    meta.world.settings.usage = 75
    meta.passes(minutes=2)
    meta.replies(one)
    meta.delivers(one)
    assert notes(meta, page)
    meta.world.settings.usage = 30
    meta.passes(minutes=2)
    meta.replies(one)
    meta.delivers(one)
    assert notes(meta, page) == []


@pytest.mark.promise("CH3", "CH4")
@pytest.mark.parametrize(("kind", "code"), [("messenger", 613), ("whatsapp", 130429)])
def test_a_refusal_because_of_the_accounts_rate_holds_everybody_as_long_as_it_says(meta: Meta, kind: str, code: int) -> None:
    account = meta.account(kind)
    one, other = two_customers(meta, account)
    meta.world.faults.append(Fault(code))
    for talk in (one, other):
        meta.replies(talk)
    assert meta.delivers(one) == []
    assert meta.delivers(other) == []
    asked = len(meta.world.asked)
    meta.passes(seconds=50)
    assert meta.delivers(other) == []
    assert len(meta.world.asked) == asked
    meta.passes(seconds=11)
    assert len(meta.delivers(one)) == len(meta.delivers(other)) == 1


def test_reading_back_rests_longer_near_the_limit(meta: Meta) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    page = meta.account("messenger")
    meta.world.settings.usage = 92
    for number in range(101):
        meta.missed(page, "Hello", f"m_{number}", who=f"7{number}")
    found: Any = asyncio.run(Messenger(rest).went_on(page, meta.shop.database.clock.now()))
    assert (len(found), rests) == (101, [0.5, 5.0])


def test_what_is_held_is_held_no_longer_than_said_whatever_was_taken_before(meta: Meta) -> None:
    rate = Rate(every=0.1, burst=5)

    def take() -> float:
        return meta.shop.database.run(buckets.take, "k", rate)

    for _ in range(5):
        assert take() == 0.0
    meta.shop.database.run(buckets.hold, "k", rate, 2.0)
    meta.shop.database.run(buckets.hold, "k", rate, 1.0)
    assert 1.9 <= take() <= 2.01
    meta.passes(seconds=2.01)
    assert take() == 0.0
    assert take() > 0.0
