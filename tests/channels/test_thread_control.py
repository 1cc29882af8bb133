"""Several apps share a page: who has the word there, what that means here, and handing over to Meta's own inbox."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from firstline.channels import writing
from firstline.channels.base import Account
from firstline.conversations import handoff
from firstline.conversations.rules import EntryKind, Owner, OwnerKind
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from firstline.simulators.meta.world import APP
from firstline.wiring import FOLLOWS
from tests.channels.meta import ANA, Meta

INBOX = "263902037430900"


@pytest.fixture
def page(meta: Meta) -> Account:
    return meta.account("messenger")


def took(meta: Meta, page: Account, app: str | None = INBOX, standby: bool = False) -> None:
    event = {"previous_owner_app_id": APP, **({"new_owner_app_id": app} if app else {}), "metadata": ""}
    meta.take(page, meta.event(page, take_thread_control=event, standby=standby))


def gave(meta: Meta, page: Account) -> None:
    event = {"previous_owner_app_id": INBOX, "new_owner_app_id": APP, "metadata": ""}
    meta.take(page, meta.event(page, pass_thread_control=event))


def jobs(meta: Meta, name: str) -> int:
    query = text("select count(*) from procrastinate_jobs where task_name = :name and status = 'todo'").bindparams(name=name)
    return int(meta.shop.database.run(lambda tx: tx.scalar(query)))


def warnings(meta: Meta, talk: str) -> tuple[str, ...]:
    return meta.shop.database.run(lambda tx: writing.desk_of(tx, meta.channels, meta.talk(talk)).warnings)


@pytest.mark.promise("CH9", "HO9")
@pytest.mark.parametrize(("kind", "app"), [("messenger", INBOX), ("instagram", "4242"), ("messenger", None)])
def test_when_another_app_takes_the_thread_the_agent_is_stopped_at_once(meta: Meta, kind: str, app: str | None) -> None:
    page = meta.account(kind)
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    took(meta, page, app)
    found = meta.talk(talk)
    assert found.owner.kind is OwnerKind.NOBODY
    reason = meta.timeline(talk)[-1].data["reasons"][0]
    assert reason["code"] == "held_elsewhere"
    assert warnings(meta, talk)[0].endswith("Your reply takes the conversation back.")


@pytest.mark.promise("CH9")
def test_news_about_the_thread_that_come_late_change_nothing(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    early = meta.event(page, take_thread_control={"previous_owner_app_id": APP, "new_owner_app_id": INBOX})
    gave(meta, page)
    meta.gives_to_agent(talk)
    meta.take(page, early)
    assert meta.talk(talk).held_by_agent
    assert warnings(meta, talk) == ()


@pytest.mark.promise("CH9")
def test_what_a_customer_says_to_another_app_is_stored_and_answered_once_the_thread_comes_here(meta: Meta, page: Account) -> None:
    meta.shop.database.followers = FOLLOWS
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    meta.shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))
    meta.hears(page, "Hello bot", "in2", standby=True)
    assert meta.talk(talk).owner.kind is OwnerKind.NOBODY
    answer = {"mid": "b1", "is_echo": True, "app_id": 4242, "text": "I am the other bot."}
    meta.take(page, meta.event(page, own=True, standby=True, message=answer))
    meta.hears(page, "I want Veloria", "in3", standby=True)
    before = jobs(meta, "routing.route")
    gave(meta, page)
    said = [(one.text, one.quiet) for one in meta.timeline(talk) if one.direction == "in"]
    assert said == [("Hello", False), ("Hello bot", True), ("I want Veloria", False)]
    assert meta.talk(talk).waiting_since is not None
    assert meta.talk(talk).routing is None, "it is decided anew who gets it"
    assert (before, jobs(meta, "routing.route")) == (0, 1)


@pytest.mark.promise("CH9")
def test_a_thread_that_comes_back_to_a_teammate_stays_theirs(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.replies(talk)
    took(meta, page)
    gave(meta, page)
    assert meta.talk(talk).owner == Owner(OwnerKind.TEAMMATE, meta.shop.jonas.id)


@pytest.mark.promise("CH9", "HO9")
def test_a_teammates_reply_takes_the_thread_back_and_the_agents_never_does(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    meta.world.held[ANA] = INBOX
    spoke = meta.agent_says(talk)
    assert meta.delivers(talk) == []
    assert meta.entry(spoke).delivery == "failed"
    assert meta.talk(talk).owner.kind is OwnerKind.NOBODY
    assert ANA in meta.world.held
    meta.shop.database.clock = FixedClock(meta.shop.database.clock.now() + timedelta(seconds=5))
    reply = meta.replies(talk)
    assert [one["to"] for one in meta.delivers(talk)] == [ANA]
    assert meta.entry(reply).delivery == "sent"
    assert meta.world.held == {}
    assert warnings(meta, talk) == ()


def test_where_the_thread_may_not_be_taken_it_is_asked_for_and_the_teammate_is_told(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.world.held[ANA], meta.world.settings.primary = INBOX, False
    reply = meta.replies(talk)
    assert meta.delivers(talk) == []
    assert meta.entry(reply).delivery == "failed"
    assert "Firstline asked for it" in str(meta.entry(reply).delivery_reason)
    assert any(asked.endswith("/request_thread_control") for asked in meta.world.asked)


@pytest.mark.promise("HO4", "HO9")
def test_a_conversation_that_a_teammate_looks_after_already_is_not_passed_away_from_them(meta: Meta) -> None:
    page = meta.account("messenger", pass_handoffs=True)
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    handed(meta, talk)
    meta.delivers(talk)
    meta.replies(talk)
    meta.delivers(talk)
    meta.passes_on(talk)
    assert meta.world.held == {}
    assert meta.talk(talk).owner == Owner(OwnerKind.TEAMMATE, meta.shop.jonas.id)


def handed(meta: Meta, talk: str) -> None:
    def hand(tx: Tx) -> None:
        epoch = meta.talk(talk).epoch
        handoff.hand_off(
            tx,
            talk,
            epoch=epoch,
            by=Actor.agent("agt_velo", "Velo"),
            reason={"code": "asked_for_person", "text": "asked"},
            brief={},
            destination=Owner(OwnerKind.TEAM, meta.shop.service),
            message="A colleague answers you here.",
        )

    meta.shop.database.run(hand)


@pytest.mark.promise("HO4")
def test_a_handed_over_conversation_is_passed_to_metas_inbox_once_the_goodbye_has_left(meta: Meta) -> None:
    page = meta.account("messenger", pass_handoffs=True)
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    handed(meta, talk)
    meta.passes_on(talk)
    assert meta.world.held == {}
    assert jobs(meta, "channels.pass_on") == 1
    assert len(meta.delivers(talk)) == 1
    meta.passes_on(talk)
    assert meta.world.held == {ANA: INBOX}
    assert "passed on" in meta.timeline(talk)[-1].text
    assert warnings(meta, talk) != ()


def test_what_cannot_be_passed_stays_here_and_says_why(meta: Meta) -> None:
    page = meta.account("messenger", pass_handoffs=True)
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    handed(meta, talk)
    meta.delivers(talk)
    meta.world.held[ANA] = "4242"
    meta.passes_on(talk)
    last = meta.timeline(talk)[-1]
    assert (last.kind, "stays here" in last.text) == (EntryKind.ALERT, True)


def test_without_the_setting_handed_over_conversations_stay_here(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    handed(meta, talk)
    meta.delivers(talk)
    meta.passes_on(talk)
    assert meta.world.held == {}


def test_another_app_that_asks_for_the_thread_is_shown_and_gets_nothing_by_itself(meta: Meta, page: Account) -> None:
    talk = meta.hears(page)
    meta.gives_to_agent(talk)
    meta.take(page, meta.event(page, request_thread_control={"requested_owner_app_id": INBOX, "metadata": ""}))
    assert "asks for this conversation" in meta.timeline(talk)[-1].text
    assert meta.talk(talk).held_by_agent


def test_on_a_whatsapp_number_with_another_agent_standby_messages_are_stored_and_stop_ours(meta: Meta) -> None:
    number = meta.account("whatsapp")
    talk = meta.hears(number)
    meta.gives_to_agent(talk)
    meta.hears(number, "Are you there?", "in2", standby=True)
    assert meta.talk(talk).owner.kind is OwnerKind.NOBODY
    assert meta.timeline(talk)[-2].quiet or meta.timeline(talk)[-1].quiet
