"""Templates live at Meta: they are paused, rejected, changed and deleted there, and only what can be sent is offered here."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from firstline.channels import writing
from firstline.channels.base import Account, Template
from firstline.channels.graph import telling
from firstline.channels.templating import queries
from firstline.channels.tending import Tender
from firstline.conversations import attaching
from firstline.kit.errors import Invalid
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Fault
from tests.channels.meta import Meta
from tests.world import KEYRING


@pytest.fixture
def number(meta: Meta) -> Account:
    account = meta.account("whatsapp")
    tend(meta, account)
    return account


def tend(meta: Meta, account: Account) -> None:
    asyncio.run(Tender(meta.shop.database, meta.channels, KEYRING).tend(account.id))
    meta.shop.database.run(lambda tx: tx.execute(text("delete from procrastinate_jobs")))


def offered(meta: Meta, account: Account) -> list[str]:
    return [one.name for one in meta.shop.database.run(queries.sendable, account.id)]


def shown(meta: Meta, account: Account) -> dict[str, tuple[str, str]]:
    found = meta.shop.database.run(lambda tx: telling.of_account(tx, account, templates=True))
    table = next(one for one in found.tables if one.key == "templates")
    return {line.id.partition("|")[0]: (line.cells[2].text, line.cells[2].detail) for line in table.lines}


def fetches(meta: Meta) -> int:
    jobs = text("select count(*) from procrastinate_jobs where task_name = 'channels.tend' and status = 'todo'")
    return int(meta.shop.database.run(lambda tx: tx.scalar(jobs)))


def tells(meta: Meta, account: Account, event: str, name: str = "bike_ready", **more: Any) -> None:
    value = {"event": event, "message_template_name": name, "message_template_language": "en", "reason": "NONE", **more}
    meta.take(account, whatsapp("message_template_status_update", at=meta.world.now(), **value))


@pytest.mark.promise("CH3")
def test_a_paused_or_rejected_template_is_shown_with_its_state_and_not_offered(meta: Meta, number: Account) -> None:
    assert offered(meta, number) == ["bike_ready"]
    assert shown(meta, number)["sale"][0] == "Paused"
    tells(meta, number, "REJECTED", reason="INVALID_FORMAT")
    assert offered(meta, number) == []
    assert shown(meta, number)["bike_ready"] == ("Rejected", "INVALID_FORMAT")
    tells(meta, number, "APPROVED")
    assert offered(meta, number) == ["bike_ready"]
    tells(meta, number, "PENDING_DELETION")
    assert "bike_ready" not in shown(meta, number)


@pytest.mark.promise("CH3")
def test_a_template_that_cannot_be_filled_here_stays_so_when_it_is_approved_again(meta: Meta, number: Account) -> None:
    tells(meta, number, "APPROVED", "sale")
    assert offered(meta, number) == ["bike_ready"]
    state, why = shown(meta, number)["sale"]
    assert (state, "image" in why) == ("Cannot be filled here", True)


@pytest.mark.promise("CH3")
def test_one_that_is_new_or_whose_words_changed_is_fetched(meta: Meta, number: Account) -> None:
    tells(meta, number, "APPROVED", "brand_new")
    assert fetches(meta) == 1
    meta.world.templates[0]["components"][0]["text"] = "Your bike waits, {{1}}."
    tend(meta, number)
    value = {"message_template_name": "bike_ready", "message_template_language": "en"}
    meta.take(number, whatsapp("message_template_components_update", at=meta.world.now(), **value))
    assert fetches(meta) == 1
    found: Template = meta.shop.database.run(queries.known, number.id)[0]
    assert found.text.startswith("Your bike waits")


@pytest.mark.promise("CH3")
@pytest.mark.parametrize(("code", "state"), [(132015, "Paused"), (132016, "Disabled"), (132001, None), (132000, "Approved")])
def test_an_error_about_a_template_corrects_what_is_known_of_it(
    meta: Meta, number: Account, code: int, state: str | None
) -> None:
    talk = meta.hears(number)
    meta.world.faults.append(Fault(code))
    reply = meta.replies(talk, "Hello", template={"name": "bike_ready", "language": "en", "variables": ["Ana", "Friday"]})
    meta.delivers(talk)
    assert meta.entry(reply).delivery == "failed", meta.entry(reply)
    assert str(code) in str(meta.entry(reply).delivery_reason)
    assert shown(meta, number).get("bike_ready", (None,))[0] == state
    assert fetches(meta) == 1


def test_a_failure_told_later_fetches_the_list_too(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    meta.replies(talk, "Hello", template={"name": "bike_ready", "language": "en", "variables": ["Ana", "Friday"]})
    sent = meta.delivers(talk)[0]
    failed = {"id": sent["id"], "status": "failed", "timestamp": str(int(meta.world.now())), "errors": [{"code": 132015}]}
    meta.take(number, whatsapp(statuses=[failed]))
    assert fetches(meta) == 1


def test_a_template_that_customers_dislike_is_worth_knowing_until_they_do_not(meta: Meta, number: Account) -> None:
    def notes() -> list[str]:
        found = meta.shop.database.run(lambda tx: telling.of_account(tx, number, templates=True))
        return [line.cells[0].text for table in found.tables if table.key == "notes" for line in table.lines]

    for score, number_of_notes in (("RED", 1), ("GREEN", 0)):
        value = {"message_template_name": "bike_ready", "new_quality_score": score}
        meta.take(number, whatsapp("message_template_quality_update", at=meta.world.now(), **value))
        assert len(notes()) == number_of_notes


@pytest.mark.promise("CH8")
def test_files_with_a_template_are_refused_before_anything_is_written(meta: Meta, number: Account) -> None:
    talk = meta.hears(number)
    before = len(meta.timeline(talk))
    chosen = writing.Chosen("bike_ready", "en", ("Ana", "Friday"))
    bill = attaching.uploaded("bill.pdf", "application/pdf", b"%PDF-1.7")
    with pytest.raises(Invalid, match="carries no files"):
        meta.shop.database.run(writing.reply, meta.channels, talk, "", meta.shop.jonas, attachments=[bill], template=chosen)
    assert len(meta.timeline(talk)) == before
