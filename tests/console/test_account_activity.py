"""The page of a mailbox: how it is read, what is missing, who cannot be reached, what was not answered."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from firstline.channels import attention
from firstline.channels.email import mailboxes
from firstline.channels.email.mailboxes import Cursor
from firstline.channels.email.tables import mail_address, mailbox_folder
from firstline.channels.tables import channel_account, watch
from firstline.kit.database import Tx
from tests.channels.email.letters import mail
from tests.channels.email.test_placing import Mailbox, mailbox
from tests.console.office import Office

__all__ = ["mailbox"]


def compare(tx: Tx, account_id: str) -> Cursor:
    """Compare with a server that has 118 mails."""
    at = mailboxes.where(tx, account_id, "INBOX")
    assert at is not None
    mailboxes.compared(tx, account_id, at, range(4294, 4412))
    return at


class Page:
    """Veloria's mailbox in the console."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox, self.shop = mailbox, mailbox.shop
        self.office = Office(mailbox.shop)
        self.office.app.state.channels = {"email": mailbox.channel}
        self.client: TestClient = self.office.client(mailbox.shop.ines)
        self.at = f"/settings/channel-accounts/{mailbox.account_id}/activity"
        self.run = mailbox.shop.database.run

    @property
    def text(self) -> str:
        return self.client.get(self.at).text

    def is_read(self) -> Cursor:
        """As if it were read over IMAP: 118 mails, 117 of them taken in."""

        def read(tx: Tx) -> Cursor:
            settings = {"address": "service@veloria.example", "incoming": "imap", "imap_host": "imap.veloria.example"}
            tx.execute(channel_account.update().where(channel_account.c.id == self.mailbox.account_id).values(settings=settings))
            at = mailboxes.begin(tx, self.mailbox.account_id, "INBOX", 7, 4293)
            for uid in range(4294, 4412):
                if uid != 4411:
                    mailboxes.settle(tx, self.mailbox.account_id, at, uid, "taken")
            for _ in range(mailboxes.ATTEMPTS):
                mailboxes.failed(tx, self.mailbox.account_id, at, 4411, "It has 41 MB; 40 MB are the limit.")
            return compare(tx, self.mailbox.account_id)

        return self.run(read)


@pytest.fixture
def page(mailbox: Mailbox) -> Page:
    return Page(mailbox)


@pytest.mark.promise("CH2")
def test_a_mailbox_says_what_is_missing_and_is_repaired_with_one_press(page: Page) -> None:
    at = page.is_read()
    told = page.text
    assert "Server 118, ingested 117, missing UID 4411." in told
    assert "It has 41 MB; 40 MB are the limit." in told
    assert "Given up" in told
    assert "No worker reads this mailbox at the moment" in told
    after = page.client.post(f"{page.at}/do", data={"deed": "repair", "on": ""}).text
    assert "what is missing is tried again" in after
    assert "Repairing: 1 mail still to be tried." in after
    assert 'hx-trigger="every 2s"' in after
    assert "Repairing" in page.client.get(f"{page.at}/part").text
    page.run(mailboxes.settle, page.mailbox.account_id, at, 4411, "taken")
    page.run(compare, page.mailbox.account_id)
    done = page.text
    assert "Server 118, ingested 118, nothing missing." in done
    assert "Every mail could be taken in" in done
    assert "Repairing:" not in done


@pytest.mark.promise("CH2")
def test_it_says_how_new_mail_is_noticed_and_who_reads(page: Page) -> None:
    page.is_read()
    page.run(mailboxes.tells, page.mailbox.account_id, "INBOX", True)

    def reads(tx: Tx) -> None:
        held = {"channel_account_id": page.mailbox.account_id, "holder": "w1", "until": tx.now + timedelta(seconds=20)}
        tx.execute(insert(watch).values(**held))

    page.run(reads)
    assert "The server tells at once (IDLE)" in page.text
    assert "No worker reads this mailbox" not in page.text
    page.run(mailboxes.tells, page.mailbox.account_id, "INBOX", False)
    assert "The server cannot tell (no IDLE)" in page.text


@pytest.mark.promise("CH2")
def test_an_address_that_bounced_is_listed_with_its_reason_and_cleared(page: Page) -> None:
    def bounce(tx: Tx) -> None:
        gone = {"address": "old@gone.example", "state": "bounced", "reason": "550 <b>No such user</b>", "at": tx.now}
        tx.execute(insert(mail_address).values(**gone))

    assert "Every address can be reached" in page.text
    page.run(bounce)
    told = page.text
    assert "550 &lt;b&gt;No such user" in told
    assert "may go to" in page.client.post(f"{page.at}/do", data={"deed": "clear", "on": "old@gone.example"}).text
    assert page.run(lambda tx: tx.scalar(select(mail_address.c.address))) is None
    assert page.client.post(f"{page.at}/do", data={"deed": "clear", "on": "old@gone.example"}).status_code == 404


@pytest.mark.promise("CH2")
def test_a_mail_that_was_not_answered_and_a_stopped_loop_are_listed_with_their_conversation(page: Page) -> None:
    page.mailbox.gets(mail("I am away.", auto_submitted="auto-replied"))
    told = page.text
    assert "Auto-Submitted: auto-replied" in told
    (found,) = page.mailbox.conversations()
    assert f"/inbox/all/{found.id}" in told


def test_the_page_leads_to_its_log_and_letters_and_asks_for_the_permission(page: Page) -> None:
    page.run(attention.raise_trouble, page.mailbox.account_id, "sign_in", "The login was refused.", "Enter the password again.")
    told = page.text
    assert f"/settings/delivery-log?account={page.mailbox.account_id}" in told
    assert f"/settings/dead-letters?account={page.mailbox.account_id}" in told
    assert "The login was refused." in told
    assert "Enter the password again." in told
    assert page.client.post(f"{page.at}/do", data={"deed": "repair"}).status_code == 409
    assert page.client.post(f"{page.at}/do", data={"deed": "explode"}).status_code == 404
    assert page.client.get("/settings/channel-accounts/cha_none/activity").status_code == 404
    stranger = page.office.client(page.shop.jonas)
    assert stranger.get(page.at).status_code == 403
    assert stranger.get(f"{page.at}/part").status_code == 403
    assert stranger.post(f"{page.at}/do", data={"deed": "repair"}).status_code == 403
    assert page.run(lambda tx: tx.scalar(select(mailbox_folder.c.repair))) is None
