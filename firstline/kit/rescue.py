"""Giving back the jobs that nobody works on, though the queue believes it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from firstline.kit.database import Tx

LIFE = 0x6669
"""Class of the advisory locks that workers hold for life, numbered like them."""

_OF_DEAD_WORKERS = text(
    "select j.id from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id"
    " where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - interval '30 seconds'"
    "  or pg_try_advisory_xact_lock(:life, w.id::int))"
    " for update of j skip locked"
)
_OF_WORKERS = text(
    "select id from procrastinate_jobs where status = 'doing' and worker_id = any(:workers) and id = any(:jobs)"
    " for update skip locked"
)


def rescue(tx: Tx) -> int:
    """Give the jobs of dead workers back; returns how many.

    A worker is dead when the lock it holds for life is free, or it has shown no heartbeat for 30 seconds, or it was
    pruned (Procrastinate issues 1446, 1518, 1543).
    """
    return _give_back(tx, tx.execute(_OF_DEAD_WORKERS, {"life": LIFE}).all())


def give_back(tx: Tx, workers: Collection[int], jobs: Collection[int]) -> int:
    """Give jobs back that these living workers have, but do not run; returns how many."""
    return _give_back(tx, tx.execute(_OF_WORKERS, {"workers": list(workers), "jobs": list(jobs)}).all())


def _give_back(tx: Tx, orphans: Sequence[Row[Any]]) -> int:
    """Where the same job waits already, the orphan is finished: running both would be one too many, and is forbidden."""
    for orphan in orphans:
        try:
            with tx.savepoint():
                tx.execute(
                    text(
                        "update procrastinate_jobs set status = 'todo', attempts = attempts + 1, scheduled_at = null,"
                        " worker_id = null where id = :id"
                    ),
                    {"id": orphan.id},
                )
        except IntegrityError:
            tx.execute(text("delete from procrastinate_jobs where id = :id"), {"id": orphan.id})
    return len(orphans)
