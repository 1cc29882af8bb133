"""Custom channels in the console: registered, their secret shown once, tried from a shell, their webhook's attempts."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from firstline.channels import accounts
from firstline.channels.checking import Checks
from firstline.channels.custom import commands, queries
from firstline.channels.custom.channel import Custom
from firstline.channels.custom.messages import Publication
from firstline.channels.deliver import Outbox
from firstline.conversations import queries as conversations
from firstline.kit.clock import FixedClock
from firstline.kit.signing import is_secret
from tests.channels.custom.receiver import Receiver
from tests.console.office import Office
from tests.world import KEYRING

HERE = "/settings/custom-channels"
FORM = {"name": "Chirp", "s-text_limit": "300", "s-buttons": "3", "s-attachments": "image", "s-splits": "on"}


class Desk:
    """The console of an installation that knows custom channels."""

    def __init__(self, office: Office) -> None:
        self.office, self.database = office, office.shop.database
        self.custom = Custom(self.database, KEYRING, "https://desk.example", allow_private=True)
        office.app.state.channels = {"custom": self.custom}
        self.client = office.client(office.shop.ines)

    def register(self, **changes: str) -> tuple[str, str]:
        """Register Chirp; returns its id and the page that came."""
        page = self.client.post(f"{HERE}/register", data={**FORM, **changes}).text
        (found,) = self.database.run(queries.registered)
        return found.id, page

    def connect(self, channel: str) -> str:
        data = {"name": "Bot", "workspace": "inbox", "s-value": "@veloria", "s-type": "handle"}
        assert "@veloria" in self.client.post(f"{HERE}/{channel}/accounts", data=data).text
        return self.database.run(queries.account_ids, channel)[0]

    def says(self, account: str, text: str) -> str:
        """A customer writes; returns the conversation."""
        message = {"account_id": account, "direction": "incoming", "idempotency_id": "m1", "thread_id": "t1", "text": text}
        given = Publication.model_validate({**message, "sender": {"id": "mira"}})
        found = self.database.run(accounts.which, account, KEYRING)
        return str(self.database.run(commands.publish, found, given, self.office.shop.ines)["conversation_id"])

    def deliver(self, talk: str) -> None:
        asyncio.run(Outbox(self.database, {"custom": self.custom}, KEYRING).deliver(talk))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver(400, 200)
    yield found
    found.close()


@pytest.mark.promise("CC1")
def test_a_channel_is_registered_by_a_form_and_its_secret_shown_this_once(desk: Desk) -> None:
    assert "No custom channel" in desk.client.get(HERE).text
    channel, page = desk.register()
    (secret,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", page))
    assert is_secret(secret)
    assert desk.database.run(queries.which, channel).capabilities["attachments"] == ["image"]
    assert "whsec_" not in desk.client.get(f"{HERE}/{channel}").text
    assert "Texts up to 300 characters, 3 buttons, image" in desk.client.get(HERE).text
    again = desk.client.post(f"{HERE}/{channel}/rotate").text
    (new,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", again))
    assert sorted(desk.database.run(queries.secrets, KEYRING, channel).values()) == sorted((new, secret))
    desk.client.post(f"{HERE}/{channel}/forget-old-secrets")
    assert list(desk.database.run(queries.secrets, KEYRING, channel).values()) == [new]


@pytest.mark.promise("CC1")
def test_what_cannot_be_right_is_named_and_nothing_that_was_entered_is_lost(desk: Desk) -> None:
    for field, value, why in (
        ("s-text_limit", "5", "Longest text"),
        ("s-text_limit", "many", "Longest text"),
        ("s-webhook_url", "ftp://chirp.example", "no address that can be posted to"),
        ("s-attachment_types", "image/png\nbad type", "“bad type” is no media type such as image/png"),
        ("s-window_hours", "-1", "Reply window"),
        ("name", " ", "Enter a name"),
    ):
        refused = desk.client.post(f"{HERE}/register", data={**FORM, field: value})
        assert refused.status_code == 422, field
        assert why in refused.text
        assert 'value="3"' in refused.text
    assert desk.database.run(queries.registered) == []


@pytest.mark.promise("CC1")
def test_a_channel_is_changed_and_its_accounts_follow(desk: Desk) -> None:
    channel, _page = desk.register()
    account = desk.connect(channel)
    taken = desk.client.post(f"{HERE}/{channel}/accounts", data={"name": "B", "s-value": "@veloria", "s-type": "handle"})
    assert taken.status_code == 409
    assert "has an account @veloria already" in taken.text
    changed = {**FORM, "name": "Chirp 2", "s-text_limit": "500"}
    desk.client.post(f"{HERE}/{channel}/change", data=changed)
    assert desk.database.run(accounts.which, account).settings["declared"]["text_limit"] == 500
    assert account in desk.client.get(f"{HERE}/{channel}").text
    desk.client.post(f"{HERE}/{channel}/archive")
    assert desk.database.run(accounts.connected, "custom") == []
    assert desk.client.get(f"{HERE}/{channel}").status_code == 404


@pytest.mark.promise("CC1")
def test_the_attempts_of_a_webhook_are_listed_tried_again_and_kept_for_30_days(
    desk: Desk, receiver: Receiver, clock: FixedClock
) -> None:
    channel, _page = desk.register(**{"s-webhook_url": receiver.url})
    account = desk.connect(channel)
    talk = desk.says(account, "Do you repair e-bikes?")
    desk.client.post(f"/conversations/{talk}/reply", data={"text": "Yes, <b>all</b> of them"})
    desk.deliver(talk)
    page = desk.client.get(f"{HERE}/{channel}").text
    assert "The webhook answered 400." in page
    assert "Yes, &lt;b&gt;all&lt;/b&gt; of them" in page
    (attempt,) = desk.database.run(queries.attempts, channel)
    told = desk.client.post(f"{HERE}/{channel}/do", data={"deed": "again", "on": attempt.id}).text
    assert "handed to the webhook again" in told
    desk.deliver(talk)
    (message,) = [one for one in desk.database.run(conversations.said, talk) if one.direction == "out"]
    assert message.delivery == "sent"
    both = desk.client.get(f"/settings/channel-accounts/{account}/activity").text
    assert "Message, attempt 2" in both
    assert "Try again" not in both
    assert desk.client.post(f"{HERE}/{channel}/do", data={"deed": "again", "on": "hka_none"}).status_code == 404
    clock.advance(timedelta(days=29))
    asyncio.run(Checks(desk.database, {"custom": desk.custom}, KEYRING).sweep())
    assert len(desk.database.run(queries.attempts, channel)) == 2
    clock.advance(timedelta(days=2))
    asyncio.run(Checks(desk.database, {"custom": desk.custom}, KEYRING).sweep())
    assert desk.database.run(queries.attempts, channel) == []


@pytest.mark.promise("PM1")
def test_without_the_permission_nothing_is_shown_and_nothing_done(desk: Desk) -> None:
    channel, _page = desk.register()
    stranger = desk.office.client(desk.office.shop.jonas)
    for path in (HERE, f"{HERE}/register", f"{HERE}/{channel}", f"{HERE}/{channel}/part", f"{HERE}/{channel}/account"):
        assert stranger.get(path).status_code == 403, path
    for path in ("register", f"{channel}/change", f"{channel}/rotate", f"{channel}/archive", f"{channel}/forget-old-secrets"):
        assert stranger.post(f"{HERE}/{path}", data=FORM).status_code == 403, path
    assert [one.name for one in desk.database.run(queries.registered)] == ["Chirp"]
