"""Worker processes that are killed: every question gets exactly one answer or handoff all the same."""

from pathlib import Path

import pytest

from tests.peers.company import open_for_business
from tests.peers.nursery import nursery
from tests.peers.siege import Siege
from tests.world import Shop


@pytest.mark.slow
@pytest.mark.promise("AN5", "HO6")
def test_every_question_gets_one_answer_though_the_worker_is_killed_twenty_times(shop: Shop, dsn: str, tmp_path: Path) -> None:
    open_for_business(shop, tmp_path)
    with nursery(dsn, tmp_path) as workers:
        siege = Siege(dsn, shop.chat, workers, seed=20)
        siege.kill(19)
        siege.kill_started(dsn, tmp_path)
        outcome = siege.settle(dsn, tmp_path)
    assert outcome.faults == []
    assert outcome.kills == 20
    assert outcome.answers >= 40
    assert outcome.handoffs > 0
    assert outcome.repeated_turns > 0
