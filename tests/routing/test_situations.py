"""Who gets a new conversation: every situation of ``situations.toml``, which the reference page is made of (RT1–RT3, RT5)."""

import pytest

from firstline.routing.rules import covered
from tests.routing.situations import COVERED, UNCOVERED, Case, cases, outcome

CASES = cases()


@pytest.mark.promise("RT1", "RT2", "RT3", "RT5", "SW1", "SW3", "WH3", "DP5")
@pytest.mark.parametrize("case", CASES, ids=[f"{case.section}: {case.what}" for case in CASES])
def test_a_situation_has_the_expected_owner_for_the_expected_reasons(case: Case) -> None:
    assert outcome(case.given) == (case.owner, case.why)


def test_there_are_many_and_none_is_there_twice() -> None:
    assert len(CASES) >= 60
    assert len({(case.section, case.what) for case in CASES}) == len(CASES)
    assert covered(COVERED, 50)
    assert not covered(UNCOVERED, 50)
