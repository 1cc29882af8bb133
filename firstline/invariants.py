"""What always holds in the database, one query each: rows that it finds are violations.

``firstline doctor`` runs them, and so do the tests that kill processes.
"""

from dataclasses import dataclass

from sqlalchemy import text

from firstline.kit.database import Tx

SHOWN = 5
"""Violations of one invariant that are listed."""


@dataclass(frozen=True)
class Invariant:
    """A sentence that is always true, and the query for what contradicts it: columns ``subject`` and ``detail``."""

    sentence: str
    query: str
    cure: str


@dataclass(frozen=True)
class Violation:
    """Where an invariant does not hold: the first few subjects with details, and how many there are."""

    invariant: Invariant
    count: int
    examples: tuple[str, ...]


_JOB = "exists (select 1 from procrastinate_jobs j where j.lock = '{name}:' || {id} and j.status in ('todo', 'doing'))"
_RESTART = "Start Firstline again; if it stays, send the report: it is a bug."


def _no_job(name: str, id_: str) -> str:
    return "not " + _JOB.format(name=name, id=id_)


INVARIANTS = (
    Invariant(
        "A customer who waits for the agent has a turn coming.",
        f"""
        select c.id as subject, 'waiting since ' || max(e.at) as detail
          from conversation c join entry e on e.conversation_id = c.id
         where c.status = 'open' and c.owner_kind = 'agent' and e.kind = 'message' and e.direction = 'in'
           and not e.quiet and e.seq > c.agent_seq and {_no_job("agent.turn", "c.id")}
           and e.seq > coalesce((select max(h.seq) from entry h where h.conversation_id = c.id
                                  and h.direction = 'out' and h.by_kind = 'teammate'), 0)
         group by c.id
        """,
        "Give the conversation to a teammate. " + _RESTART,
    ),
    Invariant(
        "A new conversation that nobody has was routed, or is about to be.",
        f"""
        select c.id as subject, 'since ' || c.created_at as detail from conversation c
         where c.status = 'open' and c.owner_kind = 'nobody' and c.routing is null and c.epoch = 0
           and {_no_job("routing.route", "c.id")}
           and exists (select 1 from entry e where e.conversation_id = c.id and e.direction = 'in' and not e.quiet)
        """,
        "Assign the conversation. " + _RESTART,
    ),
    Invariant(
        "A message to a customer is sent, failed, unknown, or about to be sent.",
        f"""
        select e.id as subject, e.delivery || ' since ' || e.at as detail from entry e
         where e.direction = 'out' and e.delivery in ('pending', 'sending') and {_no_job("channels.deliver", "e.conversation_id")}
        """,
        "Press Try again at the message. " + _RESTART,
    ),
    Invariant(
        "A delivery that was taken in is applied, or about to be.",
        f"""
        select r.channel_account_id as subject, 'kept since ' || min(r.at) as detail from raw_delivery r
         where r.waits and r.at < cast(:now as timestamptz) - interval '3 minutes'
           and {_no_job("channels.take_in", "r.channel_account_id")}
         group by r.channel_account_id
        """,
        "The next minute of a running worker asks for it again. " + _RESTART,
    ),
    Invariant(
        "A message that lies elsewhere is fetched, or about to be.",
        f"""
        select r.channel_account_id as subject, 'due since ' || min(r.bring_at) as detail from raw_delivery r
         where r.bring_at < cast(:now as timestamptz) - interval '3 minutes' and {_no_job("channels.bring", "r.id")}
         group by r.channel_account_id
        """,
        "The next minute of a running worker asks for it again. " + _RESTART,
    ),
    Invariant(
        "A turn that thinks is being worked on.",
        f"""
        select t.id as subject, 'thinking since ' || t.started_at as detail from turn t
         where t.state = 'thinking' and {_no_job("agent.turn", "t.conversation_id")}
        """,
        _RESTART,
    ),
    Invariant(
        "A source that is being read has work coming.",
        f"""
        select s.id as subject, s.state || ': ' || left(s.title, 60) as detail from source s
         where s.state in ('queued', 'reading') and {_no_job("knowledge.read", "s.id")}
        """,
        "Press Sync at the source. " + _RESTART,
    ),
    Invariant(
        "An open conversation has a clock.",
        """
        select c.id as subject, 'owner ' || c.owner_kind || ', open since ' || c.created_at as detail
          from conversation c left join clock k on k.conversation_id = c.id
         where c.status = 'open' and k.conversation_id is null
        """,
        "The next minute of a running worker gives it one. " + _RESTART,
    ),
    Invariant(
        "A clock that has run out rings.",
        """
        select k.conversation_id as subject, k.step || ' since ' || k.due_at as detail from clock k
         where k.due_at < cast(:now as timestamptz) - interval '10 minutes'
        """,
        "See that a worker runs: bin/start, or firstline worker. Its log says which step failed.",
    ),
    Invariant(
        "A turn ends.",
        """
        select t.id as subject, 'thinking since ' || t.started_at as detail from turn t
         where t.state = 'thinking' and t.started_at < cast(:now as timestamptz) - interval '30 minutes'
        """,
        _RESTART,
    ),
    Invariant(
        "The agent says nothing after a human in the same epoch.",
        """
        select e.id as subject, 'in ' || e.conversation_id || ', epoch ' || e.epoch as detail from entry e
         where e.kind = 'message' and e.by_kind = 'agent' and exists (
           select 1 from entry h where h.conversation_id = e.conversation_id and h.epoch = e.epoch and h.seq < e.seq
              and h.kind = 'message' and h.by_kind = 'teammate')
        """,
        "Send the report: it is a bug.",
    ),
    Invariant(
        "A charge names its conversation.",
        """
        select l.id as subject, l.amount || ' credits: ' || l.reason as detail from ledger l
         where l.kind = 'charge' and l.conversation_id is null
        """,
        "Refund the charges in Usage & limits.",
    ),
    Invariant(
        "The agent speaks only where it has the word.",
        """
        select e.id as subject, 'in ' || e.conversation_id || ', which belonged to ' || coalesce(owner.kind, 'nobody') as detail
          from entry e
          left join lateral (
            select a.data -> 'to' ->> 'kind' as kind from entry a
             where a.conversation_id = e.conversation_id and a.kind = 'assignment' and a.seq < e.seq
             order by a.seq desc limit 1) owner on true
         where e.kind = 'message' and e.by_kind = 'agent' and owner.kind is distinct from 'agent'
        """,
        "Send the report: it is a bug.",
    ),
    Invariant(
        "An open conversation belongs to somebody who is there.",
        """
        select c.id as subject, c.owner_kind || ' ' || coalesce(c.owner_id, 'without id') as detail from conversation c
          left join teammate m on c.owner_kind = 'teammate' and m.id = c.owner_id and m.disabled_at is null
          left join team t on c.owner_kind = 'team' and t.id = c.owner_id
          left join agent a on c.owner_kind = 'agent' and a.id = c.owner_id and a.removed_at is null
         where c.status = 'open' and c.owner_kind in ('teammate', 'team', 'agent') and coalesce(m.id, t.id, a.id) is null
        """,
        "Assign the conversation to somebody else.",
    ),
    Invariant(
        "The entries of a conversation are numbered without gaps.",
        """
        select c.id as subject, c.last_seq || ' expected, ' || count(e.id) || ' found' as detail
          from conversation c left join entry e on e.conversation_id = c.id
         group by c.id, c.last_seq having count(e.id) <> c.last_seq or coalesce(max(e.seq), 0) <> c.last_seq
        """,
        "Restore the newest backup: rows were lost or written by something else.",
    ),
    Invariant(
        "Owner epochs only rise.",
        """
        select subject, detail from (
          select e.id as subject, e.epoch || ' after ' || lag(e.epoch) over w as detail, e.epoch < lag(e.epoch) over w as falls
            from entry e window w as (partition by e.conversation_id order by e.seq)) numbered
         where falls
        """,
        "Send the report: it is a bug.",
    ),
    Invariant(
        "What waits in a queue is open, and belongs to the owner it waits under.",
        """
        select w.conversation_id as subject, c.status || ', epoch ' || c.epoch || ', waits under ' || w.epoch as detail
          from waiting w join conversation c on c.id = w.conversation_id
         where c.epoch = w.epoch and (c.status <> 'open' or c.owner_kind not in ('team', 'nobody'))
        """,
        "Assign the conversation. " + _RESTART,
    ),
    Invariant(
        "A conversation is charged once at most, and only if the agent answered in it.",
        """
        select l.conversation_id as subject, count(*) || ' charges' as detail
          from ledger l left join conversation c on c.id = l.conversation_id
         where l.kind = 'charge' group by l.conversation_id having count(*) > 1 or bool_or(c.answered_by_agent is false)
        """,
        "Refund the charges in Usage & limits.",
    ),
    Invariant(
        "The balance is the sum of the ledger.",
        """
        select p.id as subject, 'settled ' || p.settled || ', the entries before add up to ' || s.total as detail
          from credit_period p,
          lateral (select coalesce(sum(amount), 0) as total from ledger where period < p.settled_before) s
         where p.settled <> s.total
        """,
        "Restore the newest backup: the ledger was written by something else.",
    ),
    Invariant(
        "Credits are kept only for conversations that the agent has, or whose resolution is about to be judged.",
        f"""
        select h.conversation_id as subject, h.amount || ' since ' || h.held_at as detail
          from credit_hold h left join conversation c on c.id = h.conversation_id
         where h.state = 'held' and case h.event
           when 'resolution' then {_no_job("credits.judge", "h.conversation_id")}
           else c.status is distinct from 'open' or c.owner_kind is distinct from 'agent' end
        """,
        "Close the conversation, or give it to the agent and take it back. " + _RESTART,
    ),
    Invariant(
        "Somebody may do everything.",
        """
        select 'account' as subject, 'no super admin is left' as detail from account
         where not exists (select 1 from teammate where role = 'super_admin' and disabled_at is null)
        """,
        "Give a teammate the role: update teammate set role = 'super_admin' where email = '…'.",
    ),
)


def violations(tx: Tx) -> list[Violation]:
    """Which invariants do not hold."""
    found = []
    for invariant in INVARIANTS:
        rows = tx.execute(
            text(f"select subject, detail, count(*) over () as total from ({invariant.query}) bad limit {SHOWN}"),
            {"now": tx.now} if ":now" in invariant.query else {},
        ).all()
        if rows:
            found.append(Violation(invariant, rows[0].total, tuple(f"{row.subject} ({row.detail})" for row in rows)))
    return found
