"""Assignment under contention: a smaller run of what ``bench/run assignment`` does (RT3, RT5)."""

import pytest

from tests.routing import rush
from tests.routing.company import Company


@pytest.mark.slow
@pytest.mark.promise("RT3", "RT5")
def test_four_workers_at_once_never_exceed_capacity_and_share_the_work_evenly(company: Company) -> None:
    mates = rush.staff(company, 6, capacity=24)
    outcome = rush.run(company, 120, mates, capacity=24)
    assert (outcome.over_capacity, outcome.to_somebody_away, outcome.not_least_loaded) == (0, 0, 0)
    assert (outcome.assigned, outcome.spread) == (120, 0)


@pytest.mark.slow
@pytest.mark.promise("RT3", "RT5")
def test_what_no_capacity_is_left_for_waits(company: Company) -> None:
    mates = rush.staff(company, 3, capacity=5)
    outcome = rush.run(company, 20, mates, capacity=5)
    assert (outcome.over_capacity, outcome.assigned, outcome.loads) == (0, 15, dict.fromkeys(mates, 5))
