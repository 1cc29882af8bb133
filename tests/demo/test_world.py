"""The demo company is whole, and its reader says what is wrong when it is not."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.demo.talks import HandedOff, Said
from firstline.demo.world import BadWorld, World, read_world


def test_the_help_centre_has_the_length_of_a_real_one(world: World) -> None:
    assert len(world.public_articles) >= 60
    assert 3 <= len(world.articles) - len(world.public_articles) <= 6
    assert all(150 <= one.words <= 600 for one in world.articles)
    assert sum(one.words for one in world.articles) > 20_000
    assert len(world.short_answers) >= 25


def test_articles_mix_paragraphs_steps_lists_and_tables(world: World) -> None:
    bodies = [one.body for one in world.articles]
    assert sum("\n|" in body for body in bodies) > 20
    assert sum("\n1. " in body for body in bodies) > 20
    assert sum("\n- " in body for body in bodies) > 20
    assert all("<" not in body for body in bodies)


def test_articles_were_updated_in_the_year_of_the_demo_and_not_after_its_now(world: World) -> None:
    assert all(datetime(2026, 1, 1).date() <= one.updated <= datetime(2026, 11, 22).date() for one in world.articles)


def test_there_are_questions_of_every_sort(world: World) -> None:
    asked = world.questions
    assert (len(asked.answerable) >= 80, len(asked.uncovered) >= 40, len(asked.person), len(asked.courtesies)) == (
        True,
        True,
        15,
        15,
    )
    assert len({one.language for one in asked.person}) >= 7


def test_nearly_every_public_article_is_the_answer_to_some_question(world: World) -> None:
    answered = {slug for one in world.questions.answerable for slug in one.answers}
    assert {one.slug for one in world.public_articles} <= answered


def test_six_teammates_in_three_teams_with_an_owner_and_somebody_without_a_seat(world: World) -> None:
    assert (len(world.teammates), len(world.teams)) == (6, 3)
    assert world.teammates[0].name == "Ines Moreau"
    assert Counter(one.role for one in world.teammates)["super_admin"] == 1
    assert [one.name for one in world.teammates if not one.seat] == ["Noah Lindner"]
    assert sum(one.available for one in world.teammates if one.seat) == 3
    assert len(world.customers) >= 12


def test_sample_conversations_show_answers_handoffs_comments_and_ends(world: World) -> None:
    kinds = Counter(one.kind for talk in world.talks for one in talk.entry)
    assert 8 <= len(world.talks) <= 12
    assert set(kinds) == {"message", "comment", "handoff", "assign", "take_over", "close"}
    handed_off = [one for talk in world.talks for one in talk.entry if isinstance(one, HandedOff)]
    assert {one.code for one in handed_off} == {"asked_for_person", "cannot_answer"}


def test_what_the_agent_cites_is_numbered_in_order_and_once_a_source() -> None:
    said = Said("message", 0, "agent", "A.[returns] B.[first-service] C.[returns] [[x]]")
    assert said.numbered == "A.[1] B.[2] C.[1] [[3]]"
    assert said.cites == ("returns", "first-service", "x")
    assert Said("message", 0, "customer", "see [returns]").numbered == "see [returns]"


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_every_sample_conversation_is_over_whenever_the_demo_begins(world: World, now: datetime) -> None:
    for talk in world.talks:
        assert talk.began(now, ZoneInfo(world.company.timezone)) + talk.lasts <= now


SPOILT = [
    ("questions.toml", 'answers = ["returns", "how', 'answers = ["retunrs", "how', "no public article or short answer 'retunrs'"),
    ("questions.toml", 'near = ["invoices"]', 'near = ["no-such"]', "no article or short answer 'no-such'"),
    ("questions.toml", '[[smalltalk]]\ntext = "hi"', '[[smalltalk]]\ntext = "thx"', "question 'thx' occurs 2 times"),
    ("questions.toml", 'language = "tr"', 'tongue = "tr"', "questions.toml: person.14.language: Field required"),
    ("questions.toml", "[[smalltalk]]", "[[chatter]]", "questions.toml: the table 'smalltalk' is missing"),
    ("people.toml", 'team = "service"', 'team = "servce"', "samira: there is no team 'servce'"),
    ("people.toml", 'role = "manager"', 'role = "boss"', "samira: there is no role 'boss'"),
    ("people.toml", "Europe/Berlin", "Europe/Leipzig", "there is no time zone 'Europe/Leipzig'"),
    ("people.toml", "[company]", "[[", "people.toml: "),
    ("short_answers.toml", 'id = "rent-a-bike"', 'id = "returns"', "slug or id 'returns' occurs 2 times"),
    ("short_answers.toml", 'id = "rent-a-bike"', 'id = " "', "short_answers.toml: answer.0.id"),
    (
        "conversations.toml",
        "[warranty-terms]",
        "[internal-goodwill]",
        "cites 'internal-goodwill', which does",
    ),
    ("conversations.toml", 'customer = "mira"', 'customer = "myra"', "conversation derailleur: there is no customer 'myra'"),
    ("conversations.toml", "minutes_ago = 34", "minutes_ago = 3", "conversation derailleur: ends in the future"),
    ("conversations.toml", 'time = "15:05"', 'time = "23:50"', "conversation fleet-invoice: may end in the future"),
    (
        "conversations.toml",
        "minutes_ago = 34",
        "days_ago = 3",
        "derailleur: give minutes_ago, or days_ago",
    ),
    ("conversations.toml", 'to = "workshop"', 'to = "jonas"', "there is no team 'jonas'"),
    ("conversations.toml", 'kind = "take_over"', 'kind = "taken"', "conversations.toml: conversation."),
    ("help_centre/returns.md", "slug: returns", "slug: return", "has to be the name of the file"),
    (
        "help_centre/returns.md",
        "title: Returns and refunds",
        "title: Tracking your order",
        "'tracking your order' occurs 2",
    ),
    ("help_centre/returns.md", "access: public", "access: secret", "returns.md.access: "),
    ("help_centre/returns.md", "access: public", "access: private", "there is no public article or short answer 'returns'"),
    ("help_centre/returns.md", "(refund-times)", "(internal-torque)", "links to 'internal-torque', which customers cannot read"),
    ("help_centre/returns.md", "---\ntitle", "--\ntitle", "returns.md: begins with no head"),
    ("help_centre/returns.md", "updated: 2026-10-06", "updated: soon", "returns.md.updated: "),
    ("help_centre/returns.md", "updated: 2026-10-06", "updated", "is no “key: value”"),
]


@pytest.mark.parametrize(("file", "right", "wrong", "says"), SPOILT, ids=lambda value: str(value)[:24])
def test_a_mistake_in_the_files_is_named(copy: Path, file: str, right: str, wrong: str, says: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    spoilt = text.replace(right, wrong) if right == "[[smalltalk]]" else text.replace(right, wrong, 1)
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(BadWorld) as caught:
        read_world(copy)
    assert says in str(caught.value)


@pytest.mark.promise("HO9")
def test_a_sample_conversation_in_which_the_agent_speaks_after_a_human_is_refused(copy: Path) -> None:
    path = copy / "conversations.toml"
    late = '\n[[conversation.entry]]\nafter = 5\nkind = "message"\nby = "{}"\ntext = "Hello"\n'
    path.write_text(path.read_text(encoding="utf-8") + late.format("jonas") + late.format("agent"), encoding="utf-8")
    with pytest.raises(BadWorld, match="conversation price-promise: minute 5, message: the agent speaks without having the word"):
        read_world(copy)


def test_broken_utf8_and_missing_files_are_named(copy: Path) -> None:
    (copy / "people.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadWorld, match=r"people\.toml: "):
        read_world(copy)
    (copy / "people.toml").unlink()
    with pytest.raises(BadWorld, match=r"people\.toml: "):
        read_world(copy)
