"""Answers made of the content's own sentences."""

from firstline.agent.models.compose import compose
from firstline.agent.models.units import Shape, units_of
from firstline.agent.sentences import Kind, blocks, sentences
from tests.agent.talk import faq, hit

STEPS = """## Do it yourself

You need two levers:

1. Take out the wheel.
2. Put in the new tube.
   Mind the valve.
3. Inflate it."""
TABLE = """| Country | Parts | Bikes |
|---|---|---|
| Germany | €4.90 | €49.00 |
| Austria | €9.90 | €79.00 |

Islands take two days more."""


def _text(question: str, *hits: object, told: tuple[str, ...] = ()) -> str:
    return "\n".join(segment.text for segment in compose(question, hits, "en", told=told))  # type: ignore[arg-type]


def test_sentences_end_at_their_ends_and_nowhere_else() -> None:
    assert sentences("It takes approx. 5 days. See No. 7, e.g. today. It costs €9.00. Ready?") == [
        "It takes approx. 5 days.", "See No. 7, e.g. today.", "It costs €9.00.", "Ready?",
    ]  # fmt: skip
    assert sentences("Das gilt ab dem 1. November 2026. Danach nicht.") == ["Das gilt ab dem 1. November 2026.", "Danach nicht."]
    assert sentences("费用是49欧元。需要两天！") == ["费用是49欧元。", "需要两天！"]
    assert sentences("") == []


def test_a_passage_is_read_as_headings_texts_lists_and_tables() -> None:
    assert [block.kind for block in blocks(f"{STEPS}\n\n{TABLE}\n\n- one\n- two")] == [
        Kind.HEADING, Kind.TEXT, Kind.STEPS, Kind.TABLE, Kind.TEXT, Kind.LIST,
    ]  # fmt: skip


def test_steps_are_shown_whole_with_what_leads_to_them() -> None:
    text = _text("How can I do it myself?", hit(STEPS, "Flat tyre"))
    assert text == "You need two levers:\n1. Take out the wheel.\n2. Put in the new tube. Mind the valve.\n3. Inflate it."


def test_the_row_that_matches_is_shown_with_the_words_of_the_head() -> None:
    assert _text("How much is delivery of a bike to Austria?", hit(TABLE, "Delivery")) == "Austria: Parts: €9.90, Bikes: €79.00."


def test_a_short_question_in_the_text_stays_with_its_answer() -> None:
    units = units_of(hit("Keep the card safe. Lost the card? We tell you the PIN.", "App"))
    assert [unit.text for unit in units] == ["Keep the card safe.", "Lost the card? We tell you the PIN."]


def test_a_sentence_that_leans_on_the_one_before_it_brings_it_along() -> None:
    text = (
        "The refund goes out on Tuesdays. It takes five working days to reach the bank. We send a message. "
        + "Nothing else matters here. " * 20
    )
    assert "goes out on Tuesdays" in _text("how many working days to reach the bank", hit(text, "Refunds"))


def test_sentences_that_only_point_elsewhere_are_no_answer() -> None:
    text = "See How refunds arrive.\n\nDetails are in Refunds.\n\nThe refund takes 5 days. The key is in the box."
    shown = _text("How long does the refund take?", hit(text, "Returns"))
    assert "takes 5 days" in shown
    assert "See How" not in shown
    assert "Details" not in shown


def test_what_was_told_is_not_told_again() -> None:
    whole = hit("A puncture costs €19.00.", "Flat tyre")
    assert _text("What does a puncture cost?", whole, told=("It depends. A puncture costs €19.00.",)) == ""
    assert _text("dog?", faq("Dog?", "Yes, dogs are welcome."), told=("Yes, dogs are welcome.",)) == ""


def test_an_answer_stays_short() -> None:
    article = hit(
        "\n\n".join(f"Fact number {n} about returning a bike is written here at some length." for n in range(60)), "Returns"
    )
    assert len(_text("returning a bike", article).split()) <= 90


def test_a_list_item_is_found_by_its_own_words() -> None:
    text = "What cannot be returned:\n\n- Gift cards that were used\n- Opened sealant\n\nShoes are sold in the shop."
    units = units_of(hit(text, "Returns"))
    assert units[0].shape is Shape.LIST
    assert "Opened sealant" in _text("Can I return opened sealant?", hit(text, "Returns"))


def test_a_table_without_cells_is_passed_over() -> None:
    odd = hit("Prices\n\n|---|---|\n\n | \n\nA service costs 89 euros.")
    assert [unit.text for unit in units_of(odd)][-1] == "A service costs 89 euros."
