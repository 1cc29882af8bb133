"""An account sends more slowly before its provider refuses to take anything, and says so."""

from sqlalchemy import exists, select

from firstline.channels import attention, buckets
from firstline.channels.base import Capabilities
from firstline.channels.metering import BELOW, level, pause_after
from firstline.channels.tables import account_note
from firstline.kit.database import Tx

CODE = "usage"
CURE = (
    "Firstline sends more slowly, so that nothing is refused. It goes down by itself within a day; until then, send only what "
    "cannot wait."
)


def slow_down(tx: Tx, account_id: str, can: Capabilities, percent: int | None) -> None:
    """What the provider told of usage with an answer; None if nothing."""
    if percent is None:
        return
    if pause := pause_after(percent):
        buckets.hold(tx, account_id, can.rate, pause)
        used = f"more than {level(percent)} %" if percent < 100 else "all"
        attention.note(tx, account_id, CODE, f"The provider counts {used} of what this account may send in a day as used.", CURE)
    elif percent < BELOW and _is_noted(tx, account_id):
        attention.settled(tx, account_id, CODE)


def _is_noted(tx: Tx, account_id: str) -> bool:
    n = account_note.c
    return bool(tx.scalar(select(exists().where(n.channel_account_id == account_id, n.code == CODE))))
