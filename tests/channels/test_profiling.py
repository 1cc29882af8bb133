"""Who writes on Messenger and Instagram: asked for once, beside the answer, kept as long as it is fresh."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from firstline.channels.base import Account
from firstline.channels.profiling import Profiling, wants_profile
from firstline.contacts import commands, profiles, queries
from firstline.contacts.rules import Contact
from firstline.kit.clock import FixedClock
from firstline.kit.errors import NotFound
from firstline.simulators.meta.world import Fault
from firstline.wiring import FOLLOWS
from tests.channels.meta import ANA, Meta
from tests.world import KEYRING

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def asks(meta: Meta, talk: str) -> Contact:
    asyncio.run(Profiling(meta.shop.database, meta.channels, KEYRING).ask(talk))
    return meta.shop.database.run(queries.who_is, meta.talk(talk).contact_id)


def later(meta: Meta, **by: float) -> None:
    meta.shop.database.clock = FixedClock(meta.shop.database.clock.now() + timedelta(**by))


def asked(meta: Meta) -> int:
    return sum(1 for one in meta.world.asked if one.endswith(f"/{ANA}"))


def waiting(meta: Meta) -> int:
    jobs = text("select count(*) from procrastinate_jobs where task_name = 'channels.profile' and status = 'todo'")
    return int(meta.shop.database.run(lambda tx: tx.scalar(jobs)) or 0)


@pytest.fixture(params=["messenger", "instagram"])
def account(meta: Meta, request: pytest.FixtureRequest) -> Account:
    return meta.account(request.param)


@pytest.mark.promise("ID4")
def test_the_first_message_asks_for_name_and_picture_and_later_ones_do_not(meta: Meta, account: Account) -> None:
    meta.shop.database.followers = FOLLOWS
    meta.world.names[ANA], meta.world.media[f"face-{ANA}"] = "Ana Lima", (PNG, "image/png")
    meta.hears(meta.account("whatsapp"), id="in0")
    assert waiting(meta) == 0  # WhatsApp tells the name with the message
    talk = meta.hears(account)
    assert waiting(meta) == 1
    found = asks(meta, talk)
    assert (found.name, bool(found.picture)) == ("Ana Lima", True)
    assert meta.shop.database.run(profiles.picture, found.id) == (PNG, "image/png")
    meta.hears(account, "Again", "in2")
    assert not meta.shop.database.run(wants_profile, talk)
    asks(meta, talk)
    assert asked(meta) == 1


def test_a_name_that_changed_at_the_provider_follows_and_one_that_people_entered_stays(meta: Meta) -> None:
    meta.world.names[ANA] = "Ana Lima"
    talk = meta.hears(meta.account("messenger"))
    asks(meta, talk)
    meta.world.names[ANA] = "Ana Souza"
    later(meta, days=31)
    assert asks(meta, talk).name == "Ana Souza"
    meta.shop.database.run(commands.describe, meta.talk(talk).contact_id, by=meta.shop.ines, name="Mrs Souza")
    meta.world.names[ANA] = "Ana Costa"
    later(meta, days=31)
    assert asks(meta, talk).name == "Mrs Souza"


def test_a_customer_of_whom_nothing_is_told_stays_nameless_and_is_asked_for_much_later(meta: Meta, account: Account) -> None:
    meta.world.names[ANA] = ""
    talk = meta.hears(account)
    assert asks(meta, talk).name is None
    later(meta, days=1)
    asks(meta, talk)
    assert asked(meta) == 1


def test_while_meta_cannot_answer_it_is_asked_again_after_an_hour_and_nothing_else_happens(meta: Meta) -> None:
    meta.world.faults.append(Fault(2, 0, 503, path=f"/{ANA}"))
    talk = meta.hears(meta.account("messenger"))
    assert asks(meta, talk).name is None
    later(meta, minutes=30)
    assert asks(meta, talk).name is None
    later(meta, minutes=31)
    assert str(asks(meta, talk).name).startswith("Customer")


def test_what_is_no_picture_is_not_kept(meta: Meta) -> None:
    meta.world.media[f"face-{ANA}"] = (b"<svg onload=alert(1)>", "image/png")
    talk = meta.hears(meta.account("messenger"))
    found = asks(meta, talk)
    assert found.picture == ""
    with pytest.raises(NotFound):
        meta.shop.database.run(profiles.picture, found.id)
