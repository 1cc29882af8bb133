"""Searching the inbox: by words of messages, by parts of subject, name and address; frequent words as well as rare ones."""

import pytest

from firstline.contacts import commands as contacts
from firstline.conversations import queries
from tests.world import Shop


@pytest.fixture
def talks(shop: Shop) -> dict[str, str]:
    """Who said what: conversations by customer, the last one the newest."""
    said = {"mira": "My brake squeals in the rain", "ole": "Which brake pads fit?", "zoe": "Where is my parcel?"}
    found = {who: shop.hears(words, visitor=who).conversation_id for who, words in said.items()}
    shop.hears("The parcel has a brake in it", visitor="zoe")
    for who, talk in found.items():
        contact = shop.database.run(queries.which, talk).contact_id
        shop.database.run(contacts.describe, contact, name=f"{who.title()} Berg", email=f"{who}@mail.example", by=shop.ines)
    return found


@pytest.mark.parametrize("frequent", [0, 1, 10_000])
@pytest.mark.parametrize(
    ("words", "whose"),
    [
        ("brake", ["zoe", "ole", "mira"]),
        ("squeals rain", ["mira"]),
        ("parcel brake", ["zoe"]),
        ("Brake PADS", ["ole"]),
        ("squ", ["mira"]),
        ("where is my par", ["zoe"]),
        ("berg", ["zoe", "ole", "mira"]),
        ("ole@", ["ole"]),
        ("il.ex", ["zoe", "ole", "mira"]),
        ("nobodysaidthis", []),
        ("%", []),
        ("'; --", []),
        ("!!!", []),
    ],
)
def test_rare_and_frequent_words_find_the_same_in_the_same_order(
    shop: Shop, talks: dict[str, str], monkeypatch: pytest.MonkeyPatch, words: str, whose: list[str], frequent: int
) -> None:
    monkeypatch.setattr(queries, "FREQUENT", frequent)
    found = [line.conversation.id for line in shop.database.run(queries.lines, shop.ines, words=words)]
    assert sorted(found) == sorted(talks[who] for who in whose)
    updated = [shop.database.run(queries.which, one).updated_at for one in found]
    assert updated == sorted(updated, reverse=True)
    first = shop.database.run(queries.lines, shop.ines, words=words, limit=1)
    assert [line.conversation.id for line in first] == found[:1]
