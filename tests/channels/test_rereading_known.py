"""What is read back and is here, or must not come back: our own messages in every form, and customers who were erased."""

import asyncio

import pytest
from sqlalchemy import update

from firstline.channels import planning
from firstline.channels.base import Account
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.taking import Intake
from firstline.channels.linking import Links
from firstline.channels.rereading.recognising import sent_as
from firstline.channels.tables import dispatch
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import attaching
from firstline.erasing import commands as erasing
from firstline.erasing.jobs import Eraser
from firstline.simulators.meta.world import Fault
from tests.channels.meta import ANA, Meta
from tests.channels.test_rereading import said, sentence, talks
from tests.world import KEYRING


@pytest.fixture
def page(meta: Meta) -> Account:
    made = meta.account("messenger")
    meta.passes(minutes=30)
    return made


@pytest.mark.promise("CH4", "OP2")
def test_nothing_that_was_said_before_comes_back_of_a_customer_who_was_erased(meta: Meta, page: Account) -> None:
    talk = meta.hears(page, "Hello", "m_1")
    meta.threads.add("messenger", ANA, meta.line("m_1", "Hello"))
    meta.replies(talk, "A long answer. " * 200)
    assert len(meta.delivers(talk)) == 2
    meta.missed(page, "Never delivered", "m_2")
    meta.missed(page, "Never told, from the inbox", "m_3", own=True)
    meta.passes(minutes=1)
    shop = meta.shop
    asked = shop.database.run(erasing.erase, meta.talk(talk).contact_id, shop.ines)
    parser = Intake(shop.database, meta.channels).parser
    asyncio.run(Eraser(shop.database, parser, Backlog(shop.database, parser, KEYRING), KEYRING).erase(asked))
    meta.rereads(page)
    assert talks(meta, page) == []
    assert sentence(meta, page) == "server 5, ingested 5, read back 0, nothing missing"
    meta.passes(minutes=1)
    meta.missed(page, "I am back", "m_4")
    meta.rereads(page)
    (new,) = talks(meta, page)
    assert said(meta, new) == [("in", "I am back")]


@pytest.mark.promise("CH4", "CH8")
def test_a_message_of_ours_in_doubt_is_known_by_its_words_in_every_form(meta: Meta, page: Account) -> None:
    """Decision 0033: a file goes as it is, converted, or as a link, which is signed anew each time."""
    talk = meta.hears(page, "Hello", "m_1")
    bill = attaching.uploaded("50%_bill.pdf", "application/pdf", b"%PDF-1.7\n" + b"0" * 60)
    entry = meta.replies(talk, "Your bill", (bill,))
    meta.world.faults.append(Fault(0, 0, 502, taken=True))
    meta.delivers(talk)
    shop = meta.shop.database
    file = shop.run(lambda tx: attaching.of_entries(tx, [entry])[entry][0])
    to, now = Identity(IdentityKind.PAGE_SCOPED, ANA, page.id), shop.clock.now()
    linked = planning.with_link("Your bill", file, Links(KEYRING, "https://desk.example"))

    def goes(form: str, words: str = "Your bill", *, alone: bool = True) -> None:
        values = {"form": form, "text": words, "file_id": file.id if alone else None}
        shop.run(lambda tx: tx.execute(update(dispatch).where(dispatch.c.entry_id == entry).values(**values)))

    def known(words: str) -> str | None:
        return shop.run(sent_as, page.id, to, words, now)

    assert (known("Your bill"), known(""), known(linked)) == (entry, entry, None)
    goes("converted")
    assert (known("Your bill"), known(""), known(linked)) == (f"{entry}~converted", None, None)
    goes("converted", "")
    assert known("") == f"{entry}~converted"
    goes("link")
    assert known(linked) == f"{entry}~link"
    assert known("Your bill") is known("") is known("Your bill\n\n50%_bill.pdf: https://elsewhere.example") is None
    assert known(linked.replace("50%", "50 percent")) is None
    goes("link", "")
    assert known(linked.removeprefix("Your bill\n\n")) == f"{entry}~link"
