"""Pages are cut into passages."""

from hypothesis import given
from hypothesis import strategies as st

from firstline.knowledge.document import Block, BlockKind, Page, blocks_of
from firstline.knowledge.splitting import ABOUT, WHOLE, split


def page(text: str, **more: str) -> Page:
    return Page("k", more.get("title", "Care"), blocks_of(text), question=more.get("question"))


def test_a_short_page_is_one_passage_with_its_title_in_front() -> None:
    [piece] = split(page("Oil the chain once a month."))
    assert piece.text == "Oil the chain once a month."
    assert piece.indexed == "Care\nOil the chain once a month."


def test_a_title_that_the_text_begins_with_is_not_repeated() -> None:
    assert split(page("Care for your bike."))[0].indexed == "Care for your bike."


def test_a_question_stands_in_front_of_its_answer() -> None:
    assert split(page("No.", question="Do you rent bikes?"))[0].indexed == "Do you rent bikes?\nNo."


def test_a_new_heading_begins_a_new_passage_once_the_last_one_is_full_enough() -> None:
    long = "The chain needs oil. " * 25
    first, second = split(page(f"# Chain\n\n{long}\n\n## Belt\n\nA belt needs none.\n\n## Noise\n\nRinse it."))
    assert (first.heading, second.heading) == ("Chain", "Chain › Belt")
    assert second.text == "A belt needs none.\n\n## Noise\n\nRinse it."


def test_lists_and_tables_are_kept_whole() -> None:
    rows = "\n".join(f"| size {number} | {number * 10} cm |" for number in range(60))
    text = "Intro. " * 100
    pieces = split(page(f"{text}\n\n| size | length |\n|---|---|\n{rows}"))
    holding = [piece for piece in pieces if "size 0 |" in piece.text]
    assert len(holding) == 1
    assert "size 59" in holding[0].text


def test_a_table_that_is_too_large_is_cut_between_rows_each_time_under_its_head() -> None:
    rows = "\n".join(f"| model {number} | {'x' * 40} |" for number in range(200))
    pieces = split(page(f"| model | text |\n|---|---|\n{rows}"))
    assert len(pieces) > 5
    assert all(piece.text.startswith("model | text\n") for piece in pieces)
    assert sum(piece.text.count("| xxx") for piece in pieces) == 200


def test_equal_pieces_have_equal_hashes() -> None:
    assert split(page("Oil."))[0].hash == split(page("Oil."))[0].hash != split(page("Wax."))[0].hash


@given(st.lists(st.tuples(st.sampled_from(list(BlockKind)), st.text(min_size=1, max_size=3_000)), max_size=12))
def test_no_word_is_lost_and_no_passage_is_much_too_large(parts: list[tuple[BlockKind, str]]) -> None:
    blocks = tuple(Block(kind, text, 2 if kind is BlockKind.HEADING else 0) for kind, text in parts)
    pieces = split(Page("k", "T", blocks))
    kept = "".join(piece.text for piece in pieces)
    for kind, text in parts:
        if kind is BlockKind.TEXT:
            assert all(word in kept for word in text.split() if len(word) < ABOUT // 2)
    assert all(len(piece.text) <= ABOUT + WHOLE + 4_000 for piece in pieces)
