"""Worker processes that are killed: every question gets exactly one answer or handoff all the same."""

from pathlib import Path

import pytest

from tests.peers.company import open_for_business
from tests.peers.nursery import Nursery
from tests.peers.siege import Siege
from tests.world import Shop


@pytest.mark.slow
@pytest.mark.promise("AN5", "HO6")
def test_every_question_gets_one_answer_though_the_worker_is_killed_twenty_times(
    shop: Shop, dsn: str, tmp_path: Path, nursery: Nursery
) -> None:
    open_for_business(shop, tmp_path)
    siege = Siege(dsn, tmp_path, shop.chat, nursery, seed=20)
    siege.kill(19)
    siege.kill_started()
    outcome = siege.settle()
    assert outcome.faults == []
    assert outcome.kills == 20
    assert outcome.answers >= 40
    assert outcome.handoffs > 0
    assert outcome.repeated_turns > 0
