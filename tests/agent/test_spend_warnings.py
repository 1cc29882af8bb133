"""Warnings when what may be spent on models runs low: by mail to whoever holds Billing, each level once a month (SW7)."""

from datetime import timedelta

import pytest

from firstline.agent import commands as agents
from firstline.agent.connections import commands, queries, spending
from firstline.agent.connections.rules import Spent
from firstline.agent.connections.spending import Use
from firstline.kit.clock import FixedClock
from firstline.people import notices
from tests.world import Shop

pytestmark = pytest.mark.promise("SW7")


class Books:
    """What models cost Veloria, and what was mailed about it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.run = shop, shop.database.run
        self.velo = self.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines)
        self.calls = 0

    def spends(self, tokens: int) -> None:
        self.calls += 1
        use = Use(f"call-{self.calls}", "mdl_1", self.velo, None, "answer", Spent(tokens, 0, 0), 10)
        self.run(spending.record, use)

    def limits(self, scope: str, tokens: int | None) -> None:
        self.run(commands.set_limit, scope, {"tokens": tokens}, by=self.shop.ines)

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Address and subject, oldest first."""
        return [(one.address, one.subject) for one in reversed(self.run(notices.recent))]


@pytest.fixture
def books(shop: Shop) -> Books:
    return Books(shop)


def test_managers_are_mailed_at_three_quarters_and_at_the_limit_once_each(books: Books) -> None:
    books.limits(queries.ACCOUNT, 1000)
    for tokens in (700, 60, 10, 10, 300, 50):
        books.spends(tokens)
    assert books.mails == [
        ("ines@veloria.example", "75% of the spend limit of the customer agent for language models is used"),
        ("ines@veloria.example", "The customer agent has reached its spend limit for language models"),
    ]
    last = books.run(notices.recent)[0].words
    assert "Used this month: 1,080 of 1,000 tokens." in last
    assert "answers without a model from now on" in last
    assert "No conversation is interrupted" in last


def test_a_call_that_jumps_over_both_levels_is_told_once(books: Books) -> None:
    books.limits(queries.ACCOUNT, 100)
    books.spends(5000)
    assert [subject for _to, subject in books.mails] == ["The customer agent has reached its spend limit for language models"]


def test_the_limit_of_an_agent_is_warned_of_under_its_name(books: Books) -> None:
    books.limits(books.velo, 100)
    books.spends(80)
    assert [subject for _to, subject in books.mails] == ["75% of the spend limit of Velo for language models is used"]


def test_a_new_month_and_a_higher_limit_are_warned_of_anew(books: Books, clock: FixedClock) -> None:
    books.limits(queries.ACCOUNT, 100)
    books.spends(100)
    books.limits(queries.ACCOUNT, 1000)
    assert len(books.mails) == 1
    books.spends(900)
    assert len(books.mails) == 2
    clock.advance(timedelta(days=32))
    books.spends(1000)
    assert len(books.mails) == 3


def test_a_limit_set_below_what_was_spent_is_told_at_once(books: Books) -> None:
    books.spends(500)
    books.limits(queries.ACCOUNT, 400)
    books.limits(queries.ACCOUNT, 300)
    assert [subject for _to, subject in books.mails] == ["The customer agent has reached its spend limit for language models"]


def test_without_a_limit_nobody_is_mailed(books: Books) -> None:
    books.limits(queries.ACCOUNT, None)
    books.spends(10_000_000)
    assert books.mails == []
