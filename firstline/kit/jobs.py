"""Durable jobs on PostgreSQL (Procrastinate), deferred inside the caller's own transaction.

A job carries ids, never content, and may run twice, late, or be coalesced with one that waits: jobs with the same name
and key run one at a time, and at most one of them waits. A job that raises is deferred again with growing pauses.
"""

import json
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from firstline.kit.database import Database, Tx
from firstline.kit.errors import Retry

log = structlog.get_logger(__name__)

Job = Callable[..., Awaitable[None]]
ATTEMPTS = 8
"""Runs of one job before it is given up; the pauses between them add up to about 9 minutes."""


class GaveUp(Exception):
    """A job failed as often as it may; it stays in the list of failed jobs, which ``firstline doctor`` shows."""


# Where the same job waits, its row is locked even if nothing changes in it, until this transaction ends. Workers pass locked
# rows over, so none takes that job before what it was asked for can be seen.
_DEFER = text(
    "insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)"
    " values (:queue, :name, :lock, :lock, cast(:ids as jsonb), :at)"
    " on conflict (queueing_lock) where status = 'todo' do update set scheduled_at = excluded.scheduled_at"
    " where procrastinate_jobs.scheduled_at > coalesce(excluded.scheduled_at, '-infinity')"
    " returning xmax = 0 as is_new"
)


def defer(
    tx: Tx,
    name: str,
    /,
    *,
    key: str,
    at: datetime | None = None,
    attempt: int = 0,
    **ids: str,
) -> bool:
    """Ask for a job in this transaction; False if the same one waits already, which then comes at the earlier time of both.

    :param name: ``feature.verb``; the feature is the queue that workers listen to.
    :param key: what must not be worked on twice at once, usually an id.
    :param at: not before this instant.
    """
    values = {
        "queue": name.partition(".")[0],
        "name": name,
        "lock": f"{name}:{key}",
        "ids": json.dumps({**ids, "key": key, "attempt": attempt}),
        "at": at,
    }
    return bool(tx.execute(_DEFER, values).scalar())


def pause_before(attempt: int) -> float:
    """Seconds to wait before the given attempt (1 is the first repetition)."""
    return float(min(600.0, 0.5 * 3.0 ** (attempt - 1)))


class Jobs:
    """The jobs a process knows; :class:`~firstline.kit.worker.Worker` runs them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.names: dict[str, Job] = {}
        self.visits: list[tuple[float, str, Callable[[], Awaitable[None]]]] = []

    def add(self, name: str, job: Job) -> None:
        """Make a job known under its name."""
        self.names[name] = job

    def every(self, seconds: float, name: str, visit: Callable[[], Awaitable[None]]) -> None:
        """Run something when a worker starts, and then again and again; in a cluster, each time in one process only."""
        self.visits.append((seconds, name, visit))

    async def run(self, name: str, key: str = "", attempt: int = 0, **ids: str) -> None:
        """Run one job now; on failure defer it again.

        :raises GaveUp: after :data:`ATTEMPTS`.
        """
        try:
            await self.names[name](**ids)
        except Retry as wait:
            await self._after_failure(name, key, ids, attempt, wait.after, wait.reason)
        except Exception as error:
            log.error(
                "job.raised",
                job=name,
                attempt=attempt,
                **ids,
                error=traceback.format_exc(limit=-6),
            )
            await self._after_failure(name, key, ids, attempt, pause_before(attempt + 1), repr(error))

    async def _after_failure(
        self,
        name: str,
        key: str,
        ids: dict[str, str],
        attempt: int,
        pause: float,
        reason: str,
    ) -> None:
        if attempt + 1 >= ATTEMPTS:
            log.error("job.given_up", job=name, reason=reason, **ids)
            raise GaveUp(reason)
        await self.database.tx(_again, name, key, ids, attempt + 1, pause)


def _again(tx: Tx, name: str, key: str, ids: dict[str, str], attempt: int, pause: float) -> None:
    defer(
        tx,
        name,
        key=key,
        at=tx.now + timedelta(seconds=pause) if pause else None,
        attempt=attempt,
        **ids,
    )
