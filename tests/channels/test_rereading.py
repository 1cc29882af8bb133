"""After a gap what Meta did not deliver is read back: everything once, in order, and nobody is answered twice."""

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from firstline.channels import accounts, attention
from firstline.channels.base import Account, RawRequest
from firstline.channels.intake.backlog import keep_for_later
from firstline.channels.messenger import conversations
from firstline.channels.rereading import commands
from firstline.channels.rereading import jobs as reading
from firstline.channels.rereading.queries import reading_of
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.simulators.meta.world import PAGE, Fault
from tests.channels.meta import ANA, Meta

BEA = "5511888880000"


@pytest.fixture
def page(meta: Meta) -> Account:
    made = meta.account("messenger")
    meta.passes(minutes=30)
    return made


def talks(meta: Meta, account: Account) -> list[str]:
    c = conversation.c
    return meta.shop.database.run(
        lambda tx: [str(row.id) for row in tx.rows(select(c.id).where(c.channel_account_id == account.id).order_by(c.id))]
    )


def said(meta: Meta, talk: str) -> list[tuple[str | None, str]]:
    return [(one.direction, one.text) for one in meta.timeline(talk) if one.kind == "message"]


def jobs(meta: Meta, name: str) -> int:
    count = text("select count(*) from procrastinate_jobs where task_name = :name and status = 'todo'").bindparams(name=name)
    return int(meta.shop.database.run(lambda tx: tx.scalar(count)) or 0)


def sentence(meta: Meta, account: Account) -> str:
    return meta.shop.database.run(commands.outcome_of, account.id)


@pytest.mark.promise("CH4")
def test_what_was_missed_arrives_in_order_once_and_is_counted(meta: Meta, page: Account) -> None:
    meta.hears(page, "Hello", "m_1")
    meta.threads.add("messenger", ANA, meta.line("m_1", "Hello"))
    meta.passes(minutes=10)
    meta.missed(page, "Is the blue one there?", "m_2", ago=60)
    meta.missed(page, "In size M?", "m_3")
    meta.rereads(page)
    (talk,) = talks(meta, page)
    assert said(meta, talk) == [("in", "Hello"), ("in", "Is the blue one there?"), ("in", "In size M?")]
    assert sentence(meta, page) == "server 3, ingested 1, read back 2, nothing missing"
    meta.passes(minutes=1)
    meta.rereads(page)
    assert len(said(meta, talk)) == 3
    assert sentence(meta, page) == "server 3, ingested 3, read back 0, nothing missing"


@pytest.mark.promise("CH4")
def test_a_webhook_that_comes_after_all_changes_nothing(meta: Meta, page: Account) -> None:
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.rereads(page)
    meta.take(page, meta.event(page, message={"mid": "m_2", "text": "Is the blue one there?"}))
    (talk,) = talks(meta, page)
    assert said(meta, talk) == [("in", "Is the blue one there?")]


@pytest.mark.promise("CH4")
def test_what_was_said_before_the_account_was_connected_is_not_imported(meta: Meta, page: Account) -> None:
    meta.missed(page, "Last year's question", "m_0", ago=86_400 * 300)
    meta.missed(page, "An hour before", "m_1", who=BEA, ago=3_600)
    meta.rereads(page)
    assert talks(meta, page) == []
    assert sentence(meta, page) == "server 0, ingested 0, read back 0, nothing missing"


@pytest.mark.promise("CH4", "HO9")
def test_a_persons_answer_in_the_gap_stops_the_agent_and_is_not_followed_by_another(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    meta.passes(minutes=20)
    meta.missed(page, "Is the blue one there?", "m_2", ago=120)
    meta.missed(page, "Yes, it is. Bea here.", "m_3", own=True, ago=60)
    before = jobs(meta, "agent.turn")
    meta.rereads(page)
    assert meta.talk(talk).owner.kind == "nobody"
    assert said(meta, talk)[-2:] == [("in", "Is the blue one there?"), ("out", "Yes, it is. Bea here.")]
    assert [one.quiet for one in meta.timeline(talk) if one.text == "Is the blue one there?"] == [True]
    assert jobs(meta, "agent.turn") == before


@pytest.mark.promise("CH4", "HO9")
def test_an_answer_in_the_same_second_is_an_answer(meta: Meta, page: Account) -> None:
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.missed(page, "Yes, it is. Bea here.", "m_3", own=True)
    meta.missed(page, "Thank you. And in red?", "m_4")
    meta.rereads(page)
    (talk,) = talks(meta, page)
    quiet = [one.quiet for one in meta.timeline(talk) if one.direction == "in"]
    assert quiet == [True, False]
    assert meta.talk(talk).waiting_since is not None


@pytest.mark.promise("CH4", "HO9")
def test_what_the_customer_said_after_the_persons_answer_waits_for_somebody(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    meta.passes(minutes=20)
    meta.missed(page, "Yes, it is. Bea here.", "m_3", own=True, ago=60)
    meta.missed(page, "And in red?", "m_4")
    meta.rereads(page)
    found = meta.talk(talk)
    assert found.owner.kind == "nobody"
    assert found.waiting_since is not None
    assert [one.quiet for one in meta.timeline(talk) if one.text == "And in red?"] == [False]


@pytest.mark.promise("CH4", "HO9")
def test_an_old_word_of_a_person_does_not_hide_that_the_customer_waits(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "And in red?", "m_4")
    meta.missed(page, "Yes, it is. Bea here.", "m_3", own=True, ago=600)
    meta.rereads(page)
    assert meta.talk(talk).waiting_since is not None


@pytest.mark.promise("CH4")
def test_our_own_messages_are_nobody_elses(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    meta.agent_says(talk, "Velo here.")
    assert meta.delivers(talk)
    meta.passes(minutes=5)
    meta.rereads(page)
    assert meta.talk(talk).owner.kind == "agent"
    assert said(meta, talk) == [("in", "Hello"), ("out", "Velo here.")]


@pytest.mark.promise("CH4")
def test_a_message_of_ours_whose_answer_was_lost_is_found_and_not_taken_for_a_persons(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    entry = meta.agent_says(talk, "Velo here.")
    meta.world.faults.append(Fault(0, 0, 502, taken=True))
    meta.delivers(talk)
    assert meta.entry(entry).delivery == "unknown"
    meta.rereads(page)
    assert meta.entry(entry).delivery == "sent"
    assert meta.talk(talk).owner.kind == "agent"
    assert [one for one in said(meta, talk) if one[0] == "out"] == [("out", "Velo here.")]


@pytest.mark.promise("CH4")
def test_a_message_under_an_id_of_another_form_is_still_the_same(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "mid.$cAAF")
    meta.gives_to_agent(talk)
    meta.agent_says(talk, "Velo here.")
    meta.delivers(talk)
    sent = meta.threads.lines["messenger", ANA].pop()
    meta.threads.add("messenger", ANA, meta.line("m_mid.$cAAF", "Hello"))
    meta.threads.add("messenger", ANA, meta.line("other-form-of-" + sent.id, "Velo here.", own=True))
    meta.take(page, meta.event(page, who=BEA, message={"mid": "webhook-form", "text": "Good morning"}))
    meta.threads.add("messenger", BEA, meta.line("another-form", "Good morning"))
    meta.rereads(page)
    assert meta.talk(talk).owner.kind == "agent"
    assert sum(len(said(meta, one)) for one in talks(meta, page)) == 3


@pytest.mark.promise("CH4")
def test_what_is_too_old_for_a_machine_is_not_thought_about_and_goes_to_people(meta: Meta, page: Account) -> None:
    meta.passes(hours=40)
    meta.missed(page, "Is the blue one there?", "m_2", ago=30 * 3_600)
    meta.rereads(page)
    (talk,) = talks(meta, page)
    found = meta.talk(talk)
    assert (found.status, found.waiting_since is not None) == ("open", True)


@pytest.mark.promise("CH4")
def test_what_is_said_while_another_app_has_the_thread_is_stored_and_not_answered(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.gives_to_agent(talk)
    meta.passes(minutes=20)
    meta.world.held[ANA] = "4242"
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.rereads(page)
    (found,) = [one for one in meta.timeline(talk) if one.text == "Is the blue one there?"]
    assert found.quiet
    assert meta.talk(talk).owner.kind == "nobody"


@pytest.mark.promise("CH4")
def test_files_of_missed_messages_are_fetched_as_what_they_are(meta: Meta, page: Account) -> None:
    kinds = {"image/png": "image", "video/mp4": "video", "audio/mpeg": "audio", "application/pdf": "file"}
    for number, media_type in enumerate(kinds):
        meta.world.media[f"f{number}"] = (b"x", media_type)
        meta.missed(page, "", f"m_{number}", media=f"f{number}", ago=10 - number)
    meta.rereads(page)
    (talk,) = talks(meta, page)
    rows = text("select a.kind from attachment a join entry e on e.id = a.entry_id order by e.seq")
    assert meta.shop.database.run(lambda tx: [str(row.kind) for row in tx.rows(rows)]) == list(kinds.values())
    assert len(said(meta, talk)) == 4


@pytest.mark.promise("CH4")
def test_of_a_long_instagram_conversation_the_twenty_latest_come_and_the_rest_is_named(meta: Meta) -> None:
    login = meta.account("instagram")
    meta.passes(minutes=30)
    for number in range(30):
        meta.missed(login, f"Word {number}", f"aWd{number}", ago=60 - number)
    meta.rereads(login)
    (talk,) = talks(meta, login)
    assert [one[1] for one in said(meta, talk)] == [f"Word {number}" for number in range(10, 30)]
    known = meta.shop.database.run(reading_of, login.id)
    assert known is not None
    assert (known.server, known.cut) == (20, 1)


@pytest.mark.promise("CH4")
def test_many_conversations_and_pages_are_read_to_the_end(meta: Meta, page: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SLICE", 10)
    monkeypatch.setattr(conversations, "LISTED", 7)
    for number in range(14):
        meta.missed(page, f"Question {number}", f"m_{number}", who=f"77{number}", ago=200 - number)
    for number in range(45):
        meta.missed(page, f"Word {number}", f"w_{number}", who="9", ago=100 - number)
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    assert known is not None
    assert known.finished_at is None
    assert jobs(meta, "channels.reread") == 1
    meta.rereads(page)
    assert len(talks(meta, page)) == 15
    assert sentence(meta, page) == "server 59, ingested 0, read back 59, nothing missing"


@pytest.mark.promise("CH4", "CH7")
def test_an_ended_subscription_is_repaired_said_and_what_was_missed_is_read_back(meta: Meta, page: Account) -> None:
    meta.rereads(page)
    assert meta.world.subscribed[PAGE]
    meta.hears(page, "Hello", "m_1")
    meta.passes(hours=2)
    meta.world.failing.ended.add("messenger")
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.rereads(page)
    assert "messenger" not in meta.world.failing.ended
    notes = {one.code: one.text for one in meta.shop.database.run(attention.notes, page.id)}
    assert set(notes) == {commands.MENDED, commands.FOUND}
    assert "1 message was not delivered" in notes[commands.FOUND]
    assert len(said(meta, talks(meta, page)[0])) == 2


@pytest.mark.promise("CH7")
def test_a_new_account_is_subscribed_without_a_word_about_a_gap(meta: Meta, page: Account) -> None:
    meta.rereads(page)
    assert meta.shop.database.run(attention.notes, page.id) == []


@pytest.mark.promise("CH7")
@pytest.mark.parametrize("path", ["/conversations", "/messages"])
def test_a_rate_limit_makes_it_wait_and_go_on_where_it_was(meta: Meta, page: Account, path: str) -> None:
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.world.faults.append(Fault(613, 0, 400, path=path))
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    assert known is not None
    assert known.held_up
    assert jobs(meta, "channels.reread") == 1
    meta.passes(minutes=2)
    meta.rereads(page)
    assert sentence(meta, page) == "server 1, ingested 0, read back 1, nothing missing"


@pytest.mark.promise("CH7")
def test_rights_that_are_missing_are_a_note_and_the_account_works_on(meta: Meta, page: Account) -> None:
    meta.world.faults.append(Fault(200, 0, 403, path="/conversations"))
    meta.rereads(page)
    (note,) = meta.shop.database.run(attention.notes, page.id)
    assert note.code == commands.HELD_UP
    assert "could not be read back" in note.text
    assert note.cure
    meta.passes(days=1)
    meta.rereads(page)
    assert meta.shop.database.run(attention.notes, page.id) == []


@pytest.mark.promise("CH4")
def test_a_refused_field_is_left_out(meta: Meta, page: Account) -> None:
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.world.faults.append(Fault(100, 0, 400, path="/messages"))
    meta.rereads(page)
    assert sentence(meta, page) == "server 1, ingested 0, read back 1, nothing missing"


@pytest.mark.promise("CH4")
def test_while_deliveries_wait_nothing_counts_as_missing(meta: Meta, page: Account) -> None:
    def late(tx: Tx) -> None:
        body = meta.event(page, message={"mid": "m_2", "text": "Is the blue one there?"})
        keep_for_later(tx, page, [RawRequest(body=json.dumps(body).encode())])

    meta.shop.database.run(late)
    meta.missed(page, "Is the blue one there?", "m_2")
    meta.rereads(page)
    known = meta.shop.database.run(reading_of, page.id)
    assert known is not None
    assert "wait to be applied" in known.held_up
    meta.rereads(page)
    assert sentence(meta, page) == "server 1, ingested 1, read back 0, nothing missing"


@pytest.mark.promise("CH4")
def test_a_broken_message_becomes_a_dead_letter_and_its_neighbours_arrive(
    meta: Meta, page: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta.missed(page, "Before", "m_1", ago=30)
    meta.missed(page, "Broken", "m_2", ago=20)
    meta.missed(page, "After", "m_3", ago=10)
    told = meta.threads._told

    def broken(world: Any, kind: str, who: str, line: Any, base: str) -> dict[str, Any]:
        found = told(world, kind, who, line, base)
        return {**found, "from": {"id": "4711"}, "to": {"data": [{"id": "4712"}]}} if line.text == "Broken" else found

    monkeypatch.setattr(meta.threads, "_told", broken)
    meta.rereads(page)
    (talk,) = talks(meta, page)
    assert [one[1] for one in said(meta, talk)] == ["Before", "After"]
    assert sentence(meta, page) == "server 3, ingested 0, read back 2, missing 1"


def test_an_account_of_a_channel_without_history_is_left_alone(meta: Meta) -> None:
    number = meta.account("whatsapp")
    meta.rereads(number)
    assert meta.shop.database.run(reading_of, number.id) is None


def test_a_removed_account_is_no_trouble(meta: Meta, page: Account) -> None:
    meta.shop.database.run(accounts.remove, page.id, by=meta.shop.ines)
    meta.rereads(page)
    assert meta.shop.database.run(reading_of, page.id) is None
