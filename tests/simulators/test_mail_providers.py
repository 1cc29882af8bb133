"""Mails as providers deliver them are believed and read; with another secret they are not."""

from datetime import UTC, datetime

import pytest

from firstline.channels.base import Forged, RawRequest
from firstline.channels.email.channel import Email
from firstline.channels.email.parse import Letter, parse
from firstline.kit.clock import SystemClock
from firstline.kit.database import Database
from firstline.simulators.mail.forms import PROVIDERS, written
from tests.channels.email.letters import SIGNER, mailbox
from tests.world import KEYRING


@pytest.mark.promise("CH2")
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_simulated_delivery_is_believed_and_read(provider: str) -> None:
    channel = Email(Database("postgresql://nowhere/none", SystemClock(), threads=1), KEYRING)
    account = mailbox({"webhook_secret": "key"}, incoming="webhook")
    raw = written(
        "Mira <mira@customer.example>",
        "service@veloria.example",
        "Grüße",
        "Habt ihr „Winterreifen“?",
        in_reply_to="<a@b.example>",
    )
    delivery = PROVIDERS[provider](raw, "key")
    rest = provider.partition("-")[0]
    request = RawRequest("POST", rest, {}, delivery.headers, delivery.body, datetime.now(UTC))
    assert channel.verify(account, request) is None
    (letter,) = parse(account, request, SIGNER).happenings
    assert isinstance(letter, Letter)
    assert (letter.text, letter.sender.value, letter.subject) == ("Habt ihr „Winterreifen“?", "mira@customer.example", "Grüße")
    assert set(letter.references) == {"<a@b.example>"}
    forged = PROVIDERS[provider](raw, "another key")
    with pytest.raises(Forged):
        channel.verify(account, RawRequest("POST", rest, {}, forged.headers, forged.body, datetime.now(UTC)))
