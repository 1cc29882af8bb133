"""Rules of Meta's documentation that have no better place: windows, subscriptions, unknown errors, statuses in groups, news."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from firstline.channels import attention
from firstline.channels.base import Account, Broken, Button, Outbound
from firstline.channels.graph.trouble import Trouble
from firstline.channels.happenings import Notice, Status
from firstline.channels.refusals import (
    AccountBusy,
    FileRefused,
    HeldElsewhere,
    HolderChanged,
    NoMarketing,
    SurprisingRefusal,
    TemplateGone,
    Unreachable,
)
from firstline.channels.whatsapp.channel import WhatsApp
from firstline.channels.whatsapp.outcomes import raised
from firstline.channels.whatsapp.parse import MOST, parse
from firstline.channels.whatsapp.render import TEXT, render
from firstline.conversations.tables import conversation
from firstline.kit.errors import Rejected, Retry
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import WABA, Fault
from tests.channels.meta import ANA, Meta
from tests.channels.whatsapp import payloads as p

KINDS: list[tuple[type[Exception], tuple[int, ...]]] = [
    (Retry, (1, 2, 131000, 131016, 133004, 131057, 131056)),
    (AccountBusy, (4, 80007, 130429)),
    (Broken, (0, 190, 3, 10, 200, 299, 131005, 131045, 133010, 131037, 33, 131042, 368, 130497, 131031)),
    (Broken, (133000, 133005, 133006, 133008, 133009, 133015, 133016)),
    (NoMarketing, (131049, 131050)),
    (Unreachable, (131026, 131021, 131030)),
    (HolderChanged, (137000,)),
    (FileRefused, (131052, 131053)),
    (TemplateGone, (132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069)),
    (HeldElsewhere, (2494191,)),
    (Rejected, (131048, 130472, 131047, 131062, 100, 131008, 131009, 131051, 131055)),
    (Rejected, (131063, 131064, 134011, 134100, 135000, 1752041, 139100, 147001, 2593107, 2388040, 2494100, 138006, 613)),
    (SurprisingRefusal, (131999, 7, 424242)),
]


@pytest.mark.promise("CH3", "CH7")
@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in KINDS for code in codes])
def test_every_error_that_meta_describes_is_of_the_kind_that_the_documentation_says(kind: type[Exception], code: int) -> None:
    found = raised(Trouble(code, status=400), 1, 60.0)
    assert type(found) is kind


def test_an_unknown_code_of_a_server_in_trouble_is_tried_again() -> None:
    assert isinstance(raised(Trouble(131999, status=500), 1, 60.0), Retry)


@pytest.mark.promise("CH7")
def test_an_unknown_error_is_told_once_and_the_account_works_on(meta: Meta) -> None:
    account = meta.account("whatsapp")
    talk = meta.hears(account)
    meta.world.faults.append(Fault(131999, times=2))
    for text in ("One", "Two"):
        reply = meta.replies(talk, text)
        meta.delivers(talk)
        assert meta.entry(reply).delivery == "failed"
    (note,) = meta.shop.database.run(attention.notes, account.id)
    assert (note.code, "131999" in note.text) == ("whatsapp:131999", True)


@pytest.mark.promise("CH3", "CH8")
def test_what_was_said_before_the_account_was_connected_opens_no_window(meta: Meta) -> None:
    account = meta.account("whatsapp")
    an_hour_ago = str(int(meta.world.now()) - 3600)
    said = {"from": ANA, "id": "wamid.H", "timestamp": an_hour_ago, "type": "text", "text": {"body": "Old"}}
    chunk = {"metadata": {"phase": 0}, "threads": [{"id": ANA, "messages": [said]}]}
    meta.take(account, whatsapp("history", history=[chunk]))
    assert meta.shop.database.run(_heard, account) == [None]
    meta.hears(account, "New", "wamid.N")
    assert meta.shop.database.run(_heard, account) == [meta.shop.database.clock.now().replace(microsecond=0)]


def _heard(tx: Any, account: Account) -> list[Any]:
    c = conversation.c
    rows = tx.rows(select(c.last_customer_at).where(c.channel_account_id == account.id).order_by(c.id))
    return [row.last_customer_at for row in rows]


@pytest.mark.promise("CH7")
def test_the_app_is_subscribed_though_another_one_is(meta: Meta) -> None:
    account = meta.account("whatsapp")
    channel = WhatsApp(meta.shop.database)
    meta.world.others_subscribed.append("777")
    assert "now it is" in asyncio.run(channel.check(account))
    assert WABA in meta.world.subscribed
    assert "now it is" not in asyncio.run(channel.check(account))


def test_choices_with_the_same_words_become_text_of_which_nothing_is_cut_off() -> None:
    buttons = tuple(Button(str(n), "Yes") for n in range(1, 5))
    message = Outbound("ent_1", "cnv_1", "word " * 818, {}, "agent", ANA, buttons=buttons)
    bodies = [one["text"]["body"] for one in render(message)]
    assert len(bodies) == 2
    assert all(len(one) <= TEXT for one in bodies)
    assert bodies[-1].rstrip().endswith("4. Yes")


def status(**more: Any) -> Status:
    base = {"id": "wamid.O", "status": "delivered", "timestamp": str(p.AT)}
    (found,) = parse(p.account(), p.request(p.statuses({**base, **more}))).happenings
    assert isinstance(found, Status)
    return found


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ({"recipient_id": ANA, "recipient_user_id": "BR.1"}, "BR.1"),
        ({"recipient_id": ANA}, ANA),
        ({"recipient_parent_user_id": "BR.ENT.9"}, "BR.ENT.9"),
        ({"parent_recipient_user_id": "BR.ENT.9"}, "BR.ENT.9"),
        ({"recipient_type": "group", "recipient_id": "G1", "recipient_participant_id": ANA}, ANA),
        ({"recipient_type": "group", "recipient_id": "G1", "recipient_participant_user_id": "BR.1"}, "BR.1"),
        ({"recipient_type": "group", "recipient_id": "G1"}, None),
        ({}, None),
    ],
)
def test_a_status_says_to_whom_by_whichever_name(given: dict[str, Any], who: str | None) -> None:
    found = status(**given)
    assert (found.to.value if found.to else None) == who


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("payment_configuration_update", {"configuration_name": "upi", "status": "NEEDS_TESTING"}, "“upi” is needs_testing"),
        ("partner_solutions", {"event": "SOLUTION_CREATED", "solution_status": "ACTIVE"}, "solution created active"),
        ("business_username_update", {"username": "veloria", "status": "APPROVED"}, "veloria is approved"),
        ("business_username_update", {}, "of the business is changed"),
    ],
)
def test_news_of_the_account_are_worth_knowing(field: str, value: dict[str, Any], words: str) -> None:
    (found,) = parse(p.account(), p.request(p.envelope((field, value)))).happenings
    assert isinstance(found, Notice)
    assert words in found.text
    assert not found.broken


def test_errors_beside_calls_are_told() -> None:
    body = p.envelope(("calls", p.value(calls=[], errors=[{"code": 138000, "title": "Calling not enabled"}])))
    (found,) = parse(p.account(), p.request(body)).happenings
    assert isinstance(found, Notice)


def test_a_delivery_of_history_may_hold_thousands() -> None:
    said = [{"from": ANA, "id": f"w{n}", "timestamp": str(p.AT - n), "type": "text", "text": {"body": "x"}} for n in range(6_000)]
    body = p.envelope(("history", p.value(history=[{"threads": [{"id": ANA, "messages": said}]}])))
    found = parse(p.account(), p.request(body))
    assert (len(found.happenings), len(found.problems)) == (6_000, 0)
    assert MOST > 6_000
