"""Command × audit log: every command either leaves an entry, and does so when it is done, or says why it leaves none."""

import pytest
from sqlalchemy import func, select

from firstline.agent import commands as agents
from firstline.kit.database import Tx
from firstline.people.tables import audit_entry
from tests.permissions import audited, commands
from tests.permissions.deeds import DEEDS
from tests.permissions.scene import Scene
from tests.world import Shop


@pytest.mark.promise("PM4")
def test_every_command_says_what_it_leaves_in_the_audit_log_or_why_nothing() -> None:
    assert list(audited.wrong()) == []


@pytest.mark.promise("PM4")
def test_every_audited_command_leaves_its_entry_with_who_did_it(shop: Shop) -> None:
    scene = Scene(shop, shop.database.run(agents.create, {"name": "Velo", "company": "Veloria"}, by=shop.ines))

    def wrong(tx: Tx) -> list[str]:
        return [f"{name}: {said}" for name, verb in audited.AUDITED.items() if (said := _undone(tx, scene, name, verb))]

    assert shop.database.run(wrong) == []


def _undone(tx: Tx, scene: Scene, name: str, verb: str) -> str:
    """Do a command and undo it; what is wrong with the entries that it left."""
    step = tx.connection.begin_nested()
    try:
        prepared = DEEDS[name](tx, scene)
        before = tx.scalar(select(func.coalesce(func.max(audit_entry.c.id), 0)))
        commands.function(name)(tx, *prepared.args, **prepared.named, by=scene.by)
        left = tx.rows(select(audit_entry).where(audit_entry.c.id > before))
        mine = [row for row in left if row.verb == verb and row.by_id == scene.by.id and row.target]
        return "" if mine else f"{verb} is not among {[row.verb for row in left]}"
    except Exception as error:
        return repr(error)
    finally:
        step.rollback()
