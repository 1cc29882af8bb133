"""Webhooks twice and out of order, a Meta that fails, workers that die: nothing is lost, nothing is said twice."""

from pathlib import Path

import pytest

from bench.siege_webhooks import siege
from tests.world import Shop


@pytest.mark.slow
@pytest.mark.promise("CH3", "AN5")
def test_sixty_webhooks_survive_two_killed_workers(shop: Shop, dsn: str, tmp_path: Path) -> None:
    outcome = siege(shop, dsn, tmp_path, 60, kills=2)
    assert outcome["faults"] == []
    assert outcome["stored"] == 48
    assert outcome["answers"] == outcome["turns_that_spoke"] > 0
