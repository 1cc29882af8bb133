"""The subscription to an account's events: which fields, what is mended, what a version of the API does not know."""

import asyncio

import pytest

from firstline.channels import accounts, attention
from firstline.channels.base import Account
from firstline.channels.checking import Checks
from firstline.channels.messenger.config import config_of
from firstline.channels.messenger.subscribing import INSTAGRAM_FIELDS, PAGE_FIELDS, Repaired, wanted
from firstline.simulators.meta.subscriptions import PAGE_TAKES
from firstline.simulators.meta.world import INSTAGRAM, PAGE, Fault
from tests.channels.meta import Meta
from tests.world import KEYRING


def checked(meta: Meta, account: Account) -> str:
    fresh = meta.shop.database.run(accounts.which, account.id, KEYRING)
    return asyncio.run(Checks(meta.shop.database, meta.channels, KEYRING).check(fresh))[1]


@pytest.mark.promise("CH4", "CH7")
def test_a_page_gets_every_event_that_the_product_reads_and_a_second_check_finds_nothing_to_mend(meta: Meta) -> None:
    page = meta.account("messenger")
    assert "was subscribed" in checked(meta, page)
    assert meta.world.subscribed[PAGE] == list(PAGE_FIELDS)
    assert checked(meta, page) == "Connected to Veloria."
    assert [one for one in meta.world.asked if one.startswith("POST")] == [f"POST /v26.0/{PAGE}/subscribed_apps"]


@pytest.mark.promise("CH4", "IN7")
def test_an_account_that_lets_nobody_rate_answers_gives_the_thumbs_up_without_a_word_about_a_gap(meta: Meta) -> None:
    page = meta.account("messenger")
    checked(meta, page)
    meta.shop.database.run(
        accounts.change, KEYRING, meta.channels["messenger"].config, page.id, settings={"ratings": False}, by=meta.shop.ines
    )
    assert checked(meta, page) == "Connected to Veloria."
    assert set(PAGE_FIELDS) - set(meta.world.subscribed[PAGE]) == {"response_feedback"}
    assert meta.shop.database.run(attention.notes, page.id) == []
    checked(meta, page)
    assert sum(one.startswith("POST") for one in meta.world.asked) == 2


@pytest.mark.promise("CH4")
def test_instagram_through_a_page_takes_the_pages_fields_and_instagram_login_its_own(meta: Meta) -> None:
    through_page = meta.account("instagram", page_id=PAGE)
    assert wanted(config_of(through_page)) == PAGE_FIELDS
    checked(meta, through_page)
    assert meta.world.subscribed[PAGE] == list(PAGE_FIELDS)
    login = meta.account("instagram")
    checked(meta, login)
    assert meta.world.subscribed[INSTAGRAM] == list(INSTAGRAM_FIELDS)


@pytest.mark.promise("CH7")
def test_missing_fields_are_added_and_named(meta: Meta) -> None:
    page = meta.account("messenger")
    meta.world.subscribed[PAGE] = [one for one in PAGE_FIELDS if one not in ("standby", "message_echoes")]
    assert "now it gets message_echoes, standby too" in checked(meta, page)
    assert set(meta.world.subscribed[PAGE]) == set(PAGE_FIELDS)


@pytest.mark.promise("CH7")
def test_a_field_that_meta_does_not_know_costs_that_field_only_and_is_not_told_again(
    meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = ("response_feedback", "message_edits")
    known = tuple(one for one in PAGE_TAKES if one not in unknown)
    monkeypatch.setattr("firstline.simulators.meta.graph.PAGE_TAKES", known)
    page = meta.account("messenger")
    checked(meta, page)
    assert meta.world.subscribed[PAGE] == [one for one in PAGE_FIELDS if one not in unknown]
    assert checked(meta, page) == "Connected to Veloria."
    assert meta.shop.database.run(attention.notes, page.id) == []


@pytest.mark.promise("CH7")
def test_without_messages_an_account_needs_attention(meta: Meta) -> None:
    page = meta.account("messenger")
    meta.world.faults.append(Fault(100, 0, 400, path="/subscribed_apps"))
    assert "Meta error 100" in checked(meta, page)
    shown = meta.shop.database.run(accounts.which, page.id).attention
    assert shown is not None
    assert shown["broken"] is True


def test_what_was_mended_is_said_in_words() -> None:
    assert "was not subscribed" in Repaired(True, ()).sentence
    assert Repaired(False, ("standby",)).sentence.endswith("now it gets standby too.")
