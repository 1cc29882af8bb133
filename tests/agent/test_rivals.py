"""A question about one row of a table is not answered with what is said of another."""

import pytest

from firstline.agent.models.compose import compose
from tests.agent.talk import hit

PRICES = """| Country | Parts | Bikes |
|---|---|---|
| Germany | €4.90 | €49.00 |
| Austria | €9.90 | €79.00 |
| Belgium, Netherlands | €11.90 | €89.00 |

German islands take two working days more, at the same price."""
SECOND = "If nobody is at home, the parcel goes back. The second delivery costs €4.90 in Germany."


def _said(question: str) -> str:
    hits = (hit(PRICES), hit(SECOND, passage_id="psg_2", page_id="pag_2"))
    return "\n".join(segment.text for segment in compose(question, hits, "en"))


@pytest.mark.promise("AN1")
@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What does delivery to Austria cost?", "Austria: Parts: €9.90"),
        ("second delivery in Austria, what does it cost?", "Austria: Parts: €9.90"),
        ("parts to the Netherlands", "Belgium, Netherlands: Parts: €11.90"),
    ],
)
def test_the_row_asked_about_is_told_and_what_speaks_of_another_is_not(question: str, row: str) -> None:
    said = _said(question)
    assert row in said
    assert "German" not in said


@pytest.mark.promise("AN1")
def test_where_the_question_names_no_row_nothing_is_held_back() -> None:
    assert "The second delivery costs €4.90 in Germany." in _said("What does a second delivery cost?")
