"""The conformance cases of all channels, on two workers at once."""

from collections.abc import Iterator

import pytest

from bench.conformance.cases import Case, all_cases
from bench.conformance.ground import Ground, fresh

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("conformance")]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with fresh() as made:
        yield made


@pytest.mark.promise("CH2", "CH3", "CH4", "CH6", "CH8", "CH9", "CC2")
@pytest.mark.parametrize("one", all_cases(), ids=lambda one: f"{one.number}-{one.what[:50]}")
def test_a_case_of_the_reference_holds(ground: Ground, one: Case) -> None:
    one.check(ground)
