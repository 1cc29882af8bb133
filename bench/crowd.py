"""A company with a long history, written straight into the tables: contacts, conversations, messages, and what hangs on them."""

import re
from pathlib import Path

from sqlalchemy import text

import firstline.demo
from firstline.kit.database import Database, Tx
from tests.world import Shop

_TALKS = """
insert into conversation (id, contact_id, channel_account_id, workspace, status, owner_kind, owner_id, owner_since, last_seq,
  agent_seq, agent_id, answered_by_agent, subject, preview, language, routing, created_at, updated_at, last_customer_at,
  waiting_since, closed_at, closed_by_kind, closed_reason)
select 'cnv_' || lpad(i::text, 12, '0'), 'con_' || lpad((i % :contacts)::text, 12, '0'),
  case i % 3 when 0 then :chat else :number end, 'inbox', case when i % 20 = 0 then 'open' else 'closed' end,
  (array['nobody', 'teammate', 'agent', 'team'])[1 + i / 20 % 4],
  (array[null, (select id from teammate order by id limit 1), :agent, :team])[1 + i / 20 % 4],
  came, 5, 4, :agent, i % 2 = 0, pg_temp.words(i, 5), pg_temp.words(i + 7, 9), 'en', '{"taker": "agent", "reasons": []}',
  came, came + interval '5 minutes', came, case when i % 20 = 0 then came end,
  case when i % 20 <> 0 then came + interval '1 day' end, case when i % 20 <> 0 then 'agent' end, 'resolved'
from (select i, now() - interval '1 second' * (31536000.0 * (:talks - i) / :talks) as came from generate_series(1, :talks) i) of
"""
_STEPS = (
    """create function pg_temp.words(seed bigint, number int) returns text language sql immutable as $$
    select string_agg((select word from pg_temp.word
      where n = floor(1024 * power((hashint8(seed * 131 + k) & 65535) / 65536.0::float8, 3))::bigint), ' ')
    from generate_series(1, number) k $$""",
    """insert into contact (id, name, email, language, properties, created_at)
    select 'con_' || lpad(i::text, 12, '0'),
      initcap(pg_temp.words(i, 2)) || ' ' || i, 'person' || i || '@customers.example', 'en',
      '{"city": "Leipzig"}', now() - interval '1 year' * (1 - i::float / :contacts) from generate_series(0, :contacts - 1) i""",
    """insert into identity (id, contact_id, kind, scope, value, verified, evidence, created_at)
    select 'idn_' || lpad(i::text, 12, '0'), 'con_' || lpad(i::text, 12, '0'), 'phone', '', '49151' || lpad(i::text, 8, '0'),
      true, 'channel', now() from generate_series(0, :contacts - 1) i""",
    """insert into identity_evidence (identity_id, source, kind, first_at, last_at)
    select id, 'wamid.' || id, 'channel', now(), now() from identity""",
    _TALKS,
    """insert into entry (id, conversation_id, seq, kind, by_kind, by_id, text, data, at, epoch, direction, channel_account_id,
      provider_id, delivery, turn_id, party)
    select 'msg_' || lpad((number * 5 + s)::text, 12, '0'), c.id, s, 'message',
      case when s % 2 = 1 then 'contact' else 'agent' end,
      case when s % 2 = 1 then contact_id else :agent end, pg_temp.words(number * 5 + s, 12),
      case when s % 2 = 0 then '{"decision": "answer"}' else '{}' end::jsonb, created_at + s * interval '1 minute', 0,
      case when s % 2 = 1 then 'in' else 'out' end, channel_account_id, 'wamid.' || number || '.' || s,
      case when s % 2 = 0 then 'delivered' end, case when s % 2 = 0 then 'trn_' || lpad((number * 5 + s)::text, 12, '0') end,
      case when s % 2 = 1 then jsonb_build_object('kind', 'phone', 'value', '49151' || right(contact_id, 8), 'scope', '') end
    from conversation c, generate_series(1, :each) s""",
    """insert into turn (id, conversation_id, agent_id, epoch, from_seq, upto_seq, state, decision, trace, started_at, ended_at)
    select turn_id, conversation_id, :agent, 0, seq - 1, seq - 1, 'done', 'answer', jsonb_build_object('decision', 'answer',
      'read', text), at, at from entry where turn_id is not null""",
    """insert into turn_step (turn_id, step, data, ms, at)
    select id, step, jsonb_build_object('text', trace ->> 'read'), 12, started_at
    from turn, unnest(array['search', 'think', 'check']) step""",
    """insert into dispatch (entry_id, part, parts, channel_account_id, recipient, text, delivery, sent_at)
    select id, 0, 1, channel_account_id, '49151', text, 'delivered', at from entry where direction = 'out'""",
    """insert into provider_name (channel_account_id, name, entry_id, part)
    select channel_account_id, provider_id, id, 0 from entry where direction = 'out'""",
    """insert into delivery_report (channel_account_id, name, entry_id, part, delivery, said_at, at)
    select channel_account_id, provider_id, id, 0, 'delivered', at, at from entry where direction = 'out'""",
    """insert into event (kind, subject, data, at, xid)
    select case direction when 'in' then 'message.received' else 'message.written' end, conversation_id,
      jsonb_build_object('entry', id, 'seq', seq, 'owner', 'agent', 'channel_account', channel_account_id), at, 3 from entry""",
    """insert into routing_decision (id, conversation_id, at, situation, decision, reasons)
    select 'rtd_' || lpad(number::text, 12, '0'), id, created_at, '{"account": "WhatsApp"}', '{"taker": "agent"}', '[]'
    from conversation""",
    """insert into clock (conversation_id, waits, since, step, due_at, done)
    select id, case owner_kind when 'agent' then 'agent' else 'people' end, updated_at, 'alert', now() + interval '1 year',
      case when number % 400 = 0 then '{"alert": "2026-11-22T09:46:00+00:00"}' else '{}' end::jsonb
    from conversation where status = 'open'""",
    """insert into waiting (conversation_id, destination, epoch, since)
    select id, '{"kind": "teams", "ids": []}', 0, updated_at from conversation where status = 'open' and owner_kind = 'nobody'""",
    """insert into ledger (id, kind, amount, key, period, allowance, reason, conversation_id, at, by_kind, by_id)
    select 'led_' || lpad(number::text, 12, '0'), 'charge', -1, 'charge:' || id, to_char(created_at, 'YYYY-MM'), true,
      'First answer', id, created_at, 'system', 'firstline' from conversation where answered_by_agent""",
    """insert into credit_hold (conversation_id, amount, event, state, held_at, ended_at)
    select id, 1, 'conversation', 'charged', created_at, created_at from conversation where answered_by_agent""",
    """insert into publication (channel_account_id, idempotency_id, body_hash, message_id, conversation_id, at)
    select channel_account_id, provider_id, decode(md5(id), 'hex'), id, conversation_id, at from entry where direction = 'in'""",
    """insert into raw_delivery (id, channel_account_id, method, headers, body, at)
    select 'raw_' || lpad(i::text, 12, '0'), :number, 'POST', '{"content-type": "application/json"}',
      convert_to(repeat('{"from": "49151' || lpad((i % :contacts)::text, 8, '0') || '", "text": "' || pg_temp.words(i, 12)
      || '"}', 4), 'UTF8'), now() - interval '30 days' * (1 - i::float / :deliveries) from generate_series(1, :deliveries) i""",
    """insert into dead_letter (id, channel_account_id, raw_delivery_id, position, detail, part, state, at)
    select 'ltr_' || substr(id, 5), channel_account_id, id, 0, 'It could not be read.', body,
      case when right(id, 1) = '0' then 'waiting' else 'replayed' end, at
    from raw_delivery where right(id, 2) in ('00', '11', '22')""",
    """insert into model_use (key, connection_id, agent_id, turn_id, purpose, month, input_tokens, output_tokens, micros, ms, at)
    select id || '|think', 'mdl_bench', agent_id, id, 'think', to_char(started_at, 'YYYY-MM'), 900, 80, 100, 900, started_at
    from turn""",
)
"""In order; each may refer to those before it."""


def words() -> list[str]:
    """1,024 words of the demo company's help centre, the frequent ones first."""
    folder = Path(firstline.demo.__file__).parent / "help_centre"
    counted: dict[str, int] = {}
    for file in sorted(folder.rglob("*.md")):
        for word in re.findall(r"[a-z]{3,}", file.read_text("utf-8").lower()):
            counted[word] = counted.get(word, 0) + 1
    return sorted(counted, key=lambda one: (-counted[one], one))[:1024]


def gather(shop: Shop, number: str, agent: str, contacts: int, messages: int) -> None:
    """Write a year of history.

    :param number: the id of a WhatsApp account, beside the shop's chat. :param agent: whose conversations they were.
    """
    each = 5
    values = {"contacts": contacts, "talks": messages // each, "each": each, "deliveries": messages // 5}
    named = {"chat": shop.chat.channel_account_id, "number": number, "agent": agent, "team": shop.service}
    shop.database.run(_write, {**values, **named})
    _settle(shop.database)


def _write(tx: Tx, values: dict[str, object]) -> None:
    tx.execute(text("create temporary table word (n bigint primary key, word text)"))
    tx.execute(text("insert into pg_temp.word values (:n, :word)"), [{"n": n, "word": word} for n, word in enumerate(words())])
    for step in _STEPS:
        tx.execute(text(step), {name: value for name, value in values.items() if re.search(rf"(?<![:\w]):{name}\b", step)})


def _settle(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
