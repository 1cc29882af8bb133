"""Looking for parts of words by their trigrams: the same as looking through everything."""

import random

import pytest
from sqlalchemy import insert, literal, select, text

from firstline.contacts.queries import who_matches
from firstline.contacts.recognising import link, recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import contact
from firstline.kit.database import Database, Tx
from firstline.kit.searching import has_part, trigrams
from tests.conftest import NOW

LETTERS = "aAbBéÉßİıŁł%_\\' .@-19日"


def dice() -> random.Random:
    return random.Random(7)


def some_texts(of: random.Random, number: int, most: int) -> list[str]:
    return ["".join(of.choices(LETTERS, k=of.randint(0, most))) for _ in range(number)]


def added(tx: Tx, names: list[str | None], emails: list[str | None]) -> None:
    rows = [
        {"id": f"con_{n:05d}", "name": name, "email": email, "created_at": NOW}
        for n, (name, email) in enumerate(zip(names, emails, strict=True))
    ]
    tx.execute(insert(contact), rows)


def test_parts_of_names_and_addresses_are_found_as_if_every_row_was_looked_at(database: Database) -> None:
    of = dice()
    names: list[str | None] = [one or None for one in some_texts(of, 300, 8)]
    emails: list[str | None] = [one or None for one in some_texts(of, 300, 8)]
    database.run(added, names, emails)
    slow = text(
        "select id from contact where name ilike :like or email ilike :like order by id"
    )  # what has_part stands for, without the index

    def both(tx: Tx, part: str) -> tuple[list[str], list[str]]:
        tx.execute(text("set local enable_seqscan = off"))
        quick = tx.rows(select(contact.c.id).where(has_part(part, contact.c.name, contact.c.email)).order_by(contact.c.id))
        like = "%" + part.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return [row.id for row in quick], [row.id for row in tx.rows(slow, {"like": like})]

    inside = [value[start : start + 3] for value in (*names, *emails) if value for start in range(max(1, len(value) - 2))]
    for part in [*of.sample(inside, 150), *some_texts(of, 150, 5)]:
        quick, sure = database.run(both, part)
        assert quick == sure, repr(part)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("mira", True),
        ("  MIRA ", True),
        ("a@ex", True),
        ("mira mira", False),
        ("100%", False),
        ("_ira", False),
        ("x" * 5_000, False),
        ("\\", False),
        ("e", True),
    ],
)
def test_a_contact_is_found_by_any_part(database: Database, part: str, found: bool) -> None:
    database.run(added, ["Mira Stein"], ["mira@example.com"])
    assert bool(database.run(who_matches, part)) is found


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("+49 151 10005212", True),
        ("0151 1000-5212", True),
        ("(0049) 151/10005212", True),
        ("5212", True),
        ("0000", False),
        ("+49 151 10005213", False),
        ("office-7", True),
        ("tok", False),
        ("+", False),
    ],
)
def test_a_contact_is_found_by_a_number_however_it_is_written_and_not_by_what_programs_call_them(
    database: Database, part: str, found: bool
) -> None:
    mira = database.run(recognise, Identity(IdentityKind.WHATSAPP, "4915110005212"))
    for kind, value in ((IdentityKind.VISITOR, "tok-en0000"), (IdentityKind.CUSTOM, "office-7")):
        database.run(link, mira, Identity(kind, value, "cha_1"))
    matches = database.run(who_matches, part)
    assert [one.id for one in matches] == ([mira] if found else [])
    assert all(Identity(IdentityKind.WHATSAPP, "4915110005212") in one.identities for one in matches)


def test_a_search_by_a_part_uses_the_index(database: Database) -> None:
    database.run(added, [f"Person {n}" for n in range(2_000)], [f"p{n}@example.com" for n in range(2_000)])

    def plan(tx: Tx) -> str:
        tx.execute(text("analyze contact"))
        query = select(contact.c.id).where(has_part("p1234@", contact.c.name, contact.c.email))
        asked = query.compile(tx.connection, compile_kwargs={"render_postcompile": True})
        return "\n".join(row[0] for row in tx.connection.exec_driver_sql(f"explain {asked}", asked.params))

    assert "ix_contact_parts" in database.run(plan)


def test_short_and_empty_texts_have_no_trigrams(database: Database) -> None:
    for given, found in (("", []), ("ab", []), ("ABC", ["abc"]), ("abab", ["aba", "bab"])):
        assert database.run(lambda tx, given=given: sorted(tx.scalar(select(trigrams(literal(given)))))) == found  # type: ignore[misc]
