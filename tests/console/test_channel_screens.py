"""Channels in the console: connecting, trouble, dead letters, the delivery log, merging contacts, files."""

import asyncio
import re

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import select, update

from firstline.channels import accounts, attention
from firstline.channels.base import Account, Channel, RawRequest
from firstline.channels.control.commands import owner_outside
from firstline.channels.deliver import Outbox
from firstline.channels.email.config import EmailConfig
from firstline.channels.intake import Intake, letters
from firstline.channels.intake.replaying import Replaying
from firstline.channels.layout import LONG, TEAMMATE
from firstline.channels.livechat.channel import LiveChat
from firstline.console.config_form import fields_of
from firstline.contacts import queries as contacts
from firstline.contacts.commands import set_owner
from firstline.contacts.recognising import link
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import contact
from firstline.conversations import queries
from firstline.conversations.rules import NOBODY, Owner, OwnerKind
from firstline.kit.errors import Rejected, Unknown
from firstline.people.commands import disable_teammate
from tests.channels.courier import Courier, delivery, says
from tests.console.office import Office
from tests.world import KEYRING

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
HERE = "/settings/channel-accounts"


class CourierConfig(BaseModel):
    """Settings of the courier."""

    model_config = ConfigDict(extra="forbid", title="Courier")

    address: str = Field("", title="Address", description="Where the courier starts.")
    password: SecretStr = Field(SecretStr(""), title="Password", description="Of the courier.")
    farewell: str = Field("", title="Farewell", description="Ends each message.", json_schema_extra=LONG)
    outside_owner: str = Field("", title="Owner", description="Of what was answered outside.", json_schema_extra=TEAMMATE)


class Desk:
    """The console with a courier connected by its form."""

    def __init__(self, office: Office) -> None:
        self.office, self.run = office, office.shop.database.run
        self.courier = Courier()
        self.courier.config = CourierConfig
        channels: dict[str, Channel] = {"live_chat": LiveChat(), "courier": self.courier}
        office.app.state.channels = channels
        self.intake = Intake(office.shop.database, channels)
        office.app.state.replaying = Replaying(office.shop.database, channels, KEYRING)
        self.client = office.client(office.shop.ines)
        entered = {"name": "Town courier", "workspace": "inbox", "s-address": "Leipzig", "s-password": "secret1"}
        self.connected = self.client.post(f"{HERE}/connect/courier", data=entered, follow_redirects=False)
        self.id = self.connected.headers["location"].rpartition("/")[2]

    @property
    def account(self) -> Account:
        return self.run(accounts.which, self.id, KEYRING)

    def take(self, *items: dict[str, object]) -> None:
        asyncio.run(self.intake.take(self.account, delivery(*items)))

    def talk(self) -> str:
        self.take(says("Hello", "m1"))
        return self.run(queries.lines, self.office.shop.ines, channel_account_id=self.id)[0].conversation.id

    def deliver(self, talk: str) -> None:
        asyncio.run(Outbox(self.office.shop.database, {"courier": self.courier}, KEYRING).deliver(talk))


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


@pytest.mark.promise("CH7")
def test_an_account_is_connected_by_its_form_and_its_secret_is_never_shown(desk: Desk) -> None:
    assert desk.account.settings == {"address": "Leipzig", "farewell": "", "outside_owner": ""}
    assert desk.account.secrets == {"password": "secret1"}
    page = desk.client.get(f"{HERE}/{desk.id}").text
    assert "secret1" not in page
    assert "Empty: as it is" in page
    assert f"/hooks/courier/{desk.id}" in page
    desk.client.post(f"{HERE}/{desk.id}", data={"name": "Town courier", "s-address": "Halle", "s-password": ""})
    assert (desk.account.settings["address"], desk.account.secrets["password"]) == ("Halle", "secret1")


@pytest.mark.promise("CH7")
def test_a_text_of_several_lines_such_as_a_signature_keeps_its_lines_in_the_form(desk: Desk) -> None:
    at = f"{HERE}/{desk.id}"
    typed = {"name": "Town courier", "s-farewell": "Town courier\r\n\r\nMain street 4\r\n"}
    desk.client.post(at, data=typed)
    assert desk.account.settings["farewell"] == "Town courier\n\nMain street 4"
    page = desk.client.get(at).text
    assert re.search(r'<textarea[^>]*name="s-farewell"[^>]*>Town courier\n\nMain street 4</textarea>', page)
    kinds = {field.name: field.kind for field in fields_of(EmailConfig, {})}
    several = {name for name, kind in kinds.items() if kind == "long"}
    assert several == {"signature", "certificate_authority", "topic_certificate"}


@pytest.mark.promise("CH9")
def test_the_owner_of_what_is_answered_outside_is_chosen_by_name_and_counts_as_nobody_once_removed(desk: Desk) -> None:
    shop, at = desk.office.shop, f"{HERE}/{desk.id}"
    assert f'<option value="{shop.jonas.id}">Jonas Feld</option>' in desk.client.get(at).text
    refused = desk.client.post(at, data={"name": "Town courier", "s-outside_owner": "mem_nobody"})
    assert (refused.status_code, "There is no teammate mem_nobody." in refused.text) == (422, True)
    desk.client.post(at, data={"name": "Town courier", "s-outside_owner": shop.jonas.id})
    assert desk.run(owner_outside, desk.account) == Owner(OwnerKind.TEAMMATE, shop.jonas.id)
    desk.run(disable_teammate, shop.jonas.id, by=shop.ines)
    assert desk.run(owner_outside, desk.account) == NOBODY
    assert "Somebody who was removed" in desk.client.get(at).text
    kept = desk.client.post(at, data={"name": "Courier", "s-outside_owner": shop.jonas.id}, follow_redirects=False)
    assert (kept.status_code, desk.account.name) == (303, "Courier")


@pytest.mark.promise("CH7")
def test_the_connection_is_tested_and_a_failure_stays_until_it_works(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_: Account) -> str:
        raise Rejected("The courier does not know this address.")

    with monkeypatch.context() as broken:
        broken.setattr(desk.courier, "check", refuse)
        desk.client.post(f"{HERE}/{desk.id}", data={"name": "Town courier", "then": "check"})
    assert "The courier does not know this address." in desk.client.get(HERE).text
    assert "Needs attention" in desk.client.get(HERE).text
    told = desk.client.post(f"{HERE}/{desk.id}", data={"name": "Town courier", "then": "check"})
    assert "The courier answers." in told.text
    assert "Needs attention" not in desk.client.get(HERE).text


@pytest.mark.promise("CH7")
def test_a_test_message_goes_to_an_address_of_ones_own(desk: Desk) -> None:
    at = f"{HERE}/{desk.id}"
    told = desk.client.post(at, data={"name": "Town courier", "then": "test", "test_to": "ines"})
    assert "Sent to ines." in told.text
    assert [(one.to, one.by_kind) for one in desk.courier.sent] == [("ines", "system")]
    empty = desk.client.post(at, data={"name": "Town courier", "then": "test", "test_to": " "})
    assert "Enter the address" in empty.text


def test_a_dead_letter_is_read_replayed_put_aside_and_brought_back(desk: Desk) -> None:
    at = "/settings/dead-letters"
    assert "Everything was understood" in desk.client.get(at).text
    asyncio.run(desk.intake.take(desk.account, RawRequest(body=b"<script>alert(1)</script>")))
    page = desk.client.get(at).text
    assert "&lt;script&gt;alert(1)" in page
    (letter,) = desk.run(letters.waiting, desk.office.shop.ines)
    assert "Still not understood" in desk.client.post(f"{at}/{letter.id}/replay").text
    assert "Put aside" in desk.client.post(f"{at}/{letter.id}/discard").text
    assert desk.run(letters.waiting, desk.office.shop.ines) == []
    desk.client.post(f"{at}/{letter.id}/restore")
    assert len(desk.run(letters.waiting, desk.office.shop.ines)) == 1
    assert desk.office.client(desk.office.shop.jonas).get(at).status_code == 403


@pytest.mark.promise("IN2")
def test_a_message_that_may_have_arrived_is_sent_again_only_knowingly(desk: Desk) -> None:
    talk = desk.talk()

    def gone(_: object) -> None:
        raise Unknown("The line went dead.")

    desk.courier.answer = gone  # type: ignore[assignment]
    desk.client.post(f"/conversations/{talk}/reply", data={"text": "One"})
    desk.deliver(talk)
    page = desk.client.get(f"/inbox/all/{talk}").text
    assert "It is not known whether this arrived: The line went dead." in page
    assert "Send again, even if it arrives twice" in page
    (message,) = [one for one in desk.run(queries.said, talk) if one.direction == "out"]
    assert desk.client.post(f"/conversations/{talk}/try-again/{message.id}").status_code == 409
    desk.client.post(f"/conversations/{talk}/try-again/{message.id}?twice=yes")
    assert desk.run(queries.one_entry, message.id).delivery == "pending"
    assert "One" in desk.client.get("/settings/delivery-log").text


def test_files_are_attached_shown_and_served_as_downloads(desk: Desk) -> None:
    talk = desk.talk()
    files = [("files", ("wheel.png", PNG, "image/png")), ("files", ("page.png", b"<html><script>", "image/png"))]
    desk.client.post(f"/conversations/{talk}/reply", data={"text": "Look"}, files=files)
    page = desk.client.get(f"/inbox/all/{talk}").text
    assert "wheel.png" in page
    links = [part.partition('"')[0] for part in page.split('href="/attachments/')[1:]]
    served = [desk.client.get(f"/attachments/{link}") for link in links]
    assert [one.headers["content-type"] for one in served] == ["image/png", "application/octet-stream"]
    assert served[1].headers["content-disposition"].startswith("attachment")
    assert desk.office.client(None).get(f"/attachments/{links[0]}", follow_redirects=False).status_code in (303, 401, 403)


def test_what_a_person_wrote_outside_is_named_as_such(desk: Desk) -> None:
    talk = desk.talk()
    desk.take({"type": "echo", "to": "mira", "id": "e1", "text": "On my way", "at": 1_795_340_800, "name": "Ines"})
    assert "Ines, outside Firstline" in desk.client.get(f"/inbox/all/{talk}").text


@pytest.mark.promise("CH8")
def test_the_composer_says_when_the_window_is_closed_and_what_helps(desk: Desk) -> None:
    from dataclasses import replace
    from datetime import timedelta

    desk.courier.capabilities = replace(desk.courier.capabilities, window=timedelta(hours=2), window_cure="none")
    talk = desk.talk()
    assert "The reply window closes in" in desk.client.get(f"/inbox/all/{talk}").text
    desk.courier.capabilities = replace(desk.courier.capabilities, window=timedelta(seconds=-1))
    assert "The reply window is closed" in desk.client.get(f"/inbox/all/{talk}").text
    assert desk.client.post(f"/conversations/{talk}/reply", data={"text": "Late"}).status_code == 409


@pytest.mark.promise("IN3")
def test_contacts_are_merged_and_separated_again_with_one_press(desk: Desk) -> None:
    desk.take(says("Hello", "m1", who="one"), says("Hi", "m2", who="two"))
    kept, gone = (row.id for row in desk.run(lambda tx: tx.rows(select(contact.c.id).order_by(contact.c.id)))[-2:])
    page = desk.client.post(f"/contacts/{kept}/merge", data={"other": f"http://firstline.example/contacts/{gone}"}).text
    assert "Merged" in page
    assert "Separate" in page
    assert {one.value for one in desk.run(contacts.who_is, kept).identities} == {"one", "two"}
    undo = page.split(f"/contacts/{kept}/unmerge/")[1].partition('"')[0].partition("&")[0]
    desk.client.post(f"/contacts/{kept}/unmerge/{undo}")
    assert {one.value for one in desk.run(contacts.who_is, gone).identities} == {"two"}


@pytest.mark.promise("IN2")
def test_a_customers_number_stands_beside_the_conversation_and_finds_them(desk: Desk) -> None:
    talk = desk.talk()
    who = desk.run(queries.which, talk).contact_id
    desk.run(link, who, Identity(IdentityKind.WHATSAPP, "4915112345678"))
    desk.run(set_owner, who, desk.office.shop.jonas.id, by=desk.office.shop.ines)
    shown = desk.client.get(f"/inbox/all/{talk}").text
    beside = shown.partition('id="details-contact"')[2].partition("</section>")[0]
    assert "+49 1511 2345678" in beside
    assert desk.office.shop.jonas.id not in beside
    assert "+49 1511 2345678" in desk.client.get(f"/contacts/{who}").text
    assert "+49 1511 2345678" in desk.client.get("/contacts?words=0151 1234").text
    assert "Nobody fits" in desk.client.get("/contacts?words=0151 1235").text
    assert talk in desk.client.get("/inbox/all/list?words=%2B49 (1511) 2345").text
    desk.run(lambda tx: tx.execute(update(contact).values(name=None, email=None)))
    for page in ("/inbox/all/list", "/contacts", f"/inbox/all/{talk}"):
        nameless = desk.client.get(page).text
        assert (nameless.count("+49 1511 2345678") > 0, "Visitor" in nameless) == (True, False), page


def test_a_trouble_is_shown_with_its_cure(desk: Desk) -> None:
    desk.run(attention.raise_trouble, desk.id, "token", "The token expired.", "Make a new one at the provider.")
    page = desk.client.get(HERE).text
    assert "The token expired." in page
    assert "Make a new one at the provider." in page
