"""Messages that WhatsApp took and does not pass on yet."""

from typing import Any

import pytest

from firstline.console.story import delivery_of
from firstline.simulators.meta.posting import whatsapp
from tests.channels.meta import ANA, Meta


@pytest.mark.promise("CH3", "CH8")
@pytest.mark.parametrize(
    ("told", "says"),
    [("held_for_quality_assessment", "Sent: WhatsApp holds it back"), ("paused", "Sent: WhatsApp has paused it")],
)
def test_a_message_that_whatsapp_holds_back_says_so_until_it_arrives(meta: Meta, told: str, says: str) -> None:
    account = meta.account("whatsapp")
    talk = meta.hears(account)
    meta.world.settings.message_status = told
    entry = meta.replies(talk)
    (sent,) = meta.delivers(talk)
    assert delivery_of(meta.entry(entry))[0].startswith(says)
    for status in ("sent", "delivered"):
        seen = {"id": sent["id"], "status": status, "timestamp": str(int(meta.world.now())), "recipient_id": ANA}
        meta.take(account, whatsapp(statuses=[seen]))
    assert delivery_of(meta.entry(entry)) == ("Delivered", False)


@pytest.mark.promise("CH3")
@pytest.mark.parametrize("told", ["accepted", "", "of a kind that nobody knows", 7, None, ["paused"]])
def test_whatever_else_is_told_a_message_that_has_an_id_was_sent(meta: Meta, told: Any) -> None:
    talk = meta.hears(meta.account("whatsapp"))
    meta.world.settings.message_status = told
    entry = meta.replies(talk)
    assert len(meta.delivers(talk)) == 1
    assert delivery_of(meta.entry(entry)) == ("Sent", False)
