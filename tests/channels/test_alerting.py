"""A channel account that breaks is told once, and so is its recovery (CH7)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from firstline.channels import attention
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.people.tables import notice
from firstline.wiring import FOLLOWS
from tests.world import Shop


@pytest.fixture
def database(dsn: str, clock: FixedClock) -> Iterator[Database]:
    """With everything that follows."""
    made = Database(dsn, clock, followers=FOLLOWS, threads=4)
    yield made
    made.close()


def mails(shop: Shop) -> list[tuple[str, str]]:
    return [(row.address, row.subject) for row in shop.database.run(lambda tx: tx.rows(select(notice).order_by(notice.c.id)))]


@pytest.mark.promise("CH7")
def test_admins_are_told_once_of_a_trouble_once_of_another_and_once_that_it_is_over(shop: Shop) -> None:
    chat = shop.chat.channel_account_id
    for code in ("token", "token", "token", "login"):
        shop.database.run(attention.raise_trouble, chat, code, "The token has expired.", "Connect it again.")
    for _ in range(3):
        shop.database.run(attention.recovered, chat)
    ines = "ines@veloria.example"
    assert mails(shop) == [
        (ines, "Website chat needs attention"),
        (ines, "Website chat needs attention"),
        (ines, "Website chat works again"),
    ]
    words = shop.database.run(lambda tx: tx.row(select(notice.c.words).order_by(notice.c.id)))
    assert words is not None
    assert "The token has expired." in words.words
    assert "What to do: Connect it again." in words.words


@pytest.mark.promise("CH7")
def test_what_is_only_worth_knowing_is_told_to_nobody(shop: Shop) -> None:
    chat = shop.chat.channel_account_id
    shop.database.run(attention.note, chat, "slow", "Slow today.", "Wait.")
    shop.database.run(attention.recovered, chat)
    assert mails(shop) == []
