"""Erasing somebody who is known everywhere."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import Backlog
from firstline.contacts.tables import contact
from firstline.conversations import ownership, replying
from firstline.conversations.rules import Attachment
from firstline.conversations.tables import attachment, conversation, entry
from firstline.erasing import commands, queries
from firstline.erasing.jobs import Eraser
from firstline.erasing.rules import Step
from firstline.erasing.tables import erasure
from firstline.invariants import violations
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, NotFound
from firstline.people import sealing
from firstline.widget.desk import Desk
from firstline.widget.rules import Hello, Page
from tests.agent.test_turn import Velo
from tests.agent.thinkers import courtesy
from tests.channels.whatsapp import payloads
from tests.erasing.world import FILE, MARKS, NAME, PHONE, TEXT, Known, known_everywhere, scan
from tests.world import KEYRING, Shop


@pytest.fixture
def known(shop: Shop, dsn: str, clock: FixedClock, tmp_path: Path) -> Known:
    return known_everywhere(shop, dsn, clock, tmp_path)


def erase(known: Known, contact_id: str = "") -> str:
    asked: str = known.run(commands.erase, contact_id or known.contact, known.shop.ines)
    carried_out(known, commands.JOB, erasure_id=asked)
    return asked


def carried_out(known: Known, name: str, **ids: str) -> None:
    """A job runs to its end; what it raises is raised."""

    async def run() -> None:
        await known.parts.jobs.names[name](**ids)

    asyncio.run(run())


def left(known: Known) -> list[str]:
    return known.run(lambda tx: list(scan(tx)))  # type: ignore[no-any-return]


def broken_promises(known: Known) -> set[str]:
    return known.run(lambda tx: {one.invariant.sentence for one in violations(tx)})  # type: ignore[no-any-return]


def whatsapp(text: str, id: str) -> bytes:
    """She writes on WhatsApp."""
    said = {"from": PHONE, "id": id, "timestamp": str(payloads.AT), "type": "text", "text": {"body": text}}
    who = {"profile": {"name": NAME}, "wa_id": PHONE, "user_id": "BR.QZ1"}
    return json.dumps(payloads.envelope(("messages", payloads.value(contacts=[who], messages=[said])))).encode()


def neighbour(known: Known) -> str:
    """Somebody else, with the same file and the same question."""
    same = Attachment("file", "frame.png", "image/png", content=FILE.replace(b"qzmarkerfile", b"shared file."))
    return known.shop.hears("Do you have winter tyres?", visitor="someone else", attachments=(same,)).contact_id


@pytest.mark.slow
@pytest.mark.promise("OP2")
def test_nothing_is_left_of_somebody_who_is_erased_and_nobody_else_misses_anything(known: Known, tmp_path: Path) -> None:
    shared = Attachment("file", "frame.png", "image/png", content=FILE.replace(b"qzmarkerfile", b"shared file."))
    known.says_in_chat("A picture", "vis:2", shared)
    other = neighbour(known)
    named = {one.partition(".")[0] for one in left(known)}
    assert len(named) >= 28, named
    plan = queries.as_document(known.run(queries.preview, known.contact, known.shop.ines))
    told = {one["table"]: one["rows"] for one in plan["removed"]}
    assert plan["state"] == "preview"
    assert told["contact"] == 5
    assert plan["files"]["count"] == 3
    assert len(left(known)) > len(named), "a preview changes nothing"

    broken = broken_promises(known)
    asked = erase(known)

    assert left(known) == []
    for file in (one for one in tmp_path.rglob("*") if one.is_file()):
        content = file.read_bytes().lower()
        assert not any(mark.encode() in content for mark in MARKS), file
    report = queries.as_document(known.run(queries.report, asked, known.shop.ines))
    assert report["state"] == "done"
    assert report["named_elsewhere"] == []
    gone = {one["table"]: one["rows"] for one in report["removed"]}
    ended = {"clock": 0, "entry": told["entry"] + told["conversation"]}  # they are closed first, which stops what runs
    assert {table: gone.get(table, 0) for table in told} == told | ended
    assert report["files"]["count"] == 2, "a file that somebody else sent as well is theirs too"
    assert known.run(lambda tx: tx.scalar(select(erasure.c.person))) == {}
    assert known.run(lambda tx: tx.scalar(select(func.count()).select_from(contact))) == 1
    theirs = select(attachment.c.blob).join(entry, entry.c.id == attachment.c.entry_id).join(conversation)
    assert known.run(lambda tx: tx.scalar(theirs.where(conversation.c.contact_id == other)))
    assert broken_promises(known) <= broken, "the neighbour's jobs do not run here"
    known.run(sealing.seal_new, known.parts.keyring)
    assert known.run(sealing.verify, known.parts.keyring).problems == ()
    with pytest.raises(NotFound):
        known.run(commands.erase, known.contact, known.shop.ines)


@pytest.mark.promise("OP2")
def test_a_process_that_dies_at_any_step_is_followed_by_one_that_goes_on(known: Known) -> None:
    asked = known.run(commands.erase, known.contact, known.shop.ines)
    assert known.run(commands.erase, known.contact, known.shop.ines) == asked, "asked twice, it is done once"
    job = known.parts.jobs.names[commands.JOB]
    seen = []

    def step(tx: Tx) -> str | None:
        return tx.scalar(select(erasure.c.step).where(erasure.c.state != "done"))  # type: ignore[no-any-return]

    eraser: Any = job.__self__  # type: ignore[attr-defined]
    while (now := known.run(step)) is not None:
        seen.append(now)
        asyncio.run(eraser.one(Step(now), asked))
    assert list(dict.fromkeys(seen)) == ["take_in", "remove", "copies", "deliveries", "search"]
    assert left(known) == []
    known.run(commands.wake)
    carried_out(known, commands.JOB, erasure_id=asked)


@pytest.mark.promise("OP2")
def test_what_has_arrived_is_erased_too_and_what_comes_later_begins_with_a_stranger(known: Known) -> None:
    known.delivers("whatsapp", "", whatsapp(TEXT + " again", "wamid.waiting"), waits=True)
    erase(known)
    assert left(known) == []
    known.delivers("whatsapp", "", whatsapp(TEXT, "wamid.qz"))
    assert known.run(lambda tx: tx.scalar(select(func.count()).select_from(contact))) == 0, "a delivery that comes twice"
    known.delivers("whatsapp", "", whatsapp("Hello", "wamid.new"))
    row = known.run(lambda tx: tx.row(select(contact)))
    assert row.id != known.contact
    assert known.run(lambda tx: tx.scalar(select(func.count()).select_from(conversation))) == 1


@pytest.mark.promise("OP2")
def test_a_browser_that_was_hers_is_a_strangers(known: Known) -> None:
    token = known.parts.keyring.sign("widget visitor", [known.shop.chat.channel_account_id, known.visitor])
    desk: Desk = known.parts.desk
    hello = Hello(token, None, Page())
    account = known.shop.chat.channel_account_id
    hers = asyncio.run(desk.who(account, hello))
    assert (hers.id, hers.token) == (known.visitor, token)
    tab = desk.tab(hers, hello.page, "")
    erase(known)
    assert asyncio.run(desk.who(account, hello)).id != known.visitor
    with desk.hub.open(tab):
        asyncio.run(desk.hub._send_erased_away())
        assert tab.frames.get_nowait()["t"] == "bye"


@pytest.mark.promise("OP2")
def test_jobs_that_were_on_their_way_find_nothing_and_end(known: Known) -> None:
    talk = known.run(lambda tx: tx.scalar(select(entry.c.conversation_id).where(entry.c.direction == "out")))
    words = known.run(lambda tx: tx.row(select(entry.c.id).where(entry.c.direction == "out")))
    erase(known)
    for name in ("agent.turn", "routing.route", "channels.deliver", "channels.acknowledge"):
        carried_out(known, name, conversation_id=talk)
    carried_out(known, "channels.fetch", entry_id=words.id)
    with pytest.raises(NotFound):
        known.run(ownership.take_over, talk, known.shop.ines)
    with pytest.raises(NotFound):
        known.run(replying.reply, talk, "Hello", known.shop.ines)


@pytest.mark.promise("OP2")
def test_who_may_erase_and_whom(shop: Shop) -> None:
    mira = shop.hears("Hello").contact_id
    with pytest.raises(Forbidden, match="Export and erasure"):
        shop.database.run(commands.erase, mira, shop.samira)
    with pytest.raises(NotFound, match="no contact con_nobody"):
        shop.database.run(commands.erase, "con_nobody", shop.ines)

    def merge(tx: Tx) -> None:
        tx.execute(contact.update().where(contact.c.id == mira).values(merged_into="con_kept"))

    shop.database.run(merge)
    with pytest.raises(Conflict, match="merged into con_kept"):
        shop.database.run(commands.erase, mira, shop.ines)


@pytest.mark.promise("OP2", "HO9")
def test_an_agent_that_thinks_while_its_customer_is_erased_says_nothing_and_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    parser = Intake(shop.database, {}).parser
    eraser = Eraser(shop.database, parser, Backlog(shop.database, parser, KEYRING), KEYRING)
    heard = shop.hears(f"{TEXT} please")

    async def meanwhile() -> None:
        asked = await asyncio.to_thread(shop.database.run, commands.erase, heard.contact_id, shop.ines)
        await eraser.erase(asked)

    velo = Velo(shop, courtesy(f"{TEXT} answered"), meanwhile)
    shop.gives_to_agent(heard.conversation_id, velo.id)
    velo.runs(heard.conversation_id)
    velo.runs(heard.conversation_id)
    assert len(velo.thinker.seen) == 1
    assert shop.database.run(lambda tx: list(scan(tx))) == []
