"""Seeing a mail whole: in a frame that runs nothing and tells the sender nothing."""

import base64
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from firstline.channels.email import api
from tests.channels.email.letters import mail
from tests.channels.email.test_placing import Mailbox, mailbox
from tests.console.office import Office

__all__ = ["mailbox"]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 60
HTML = '<p style="color:#a00">Broken, see <script>alert(1)</script></p><img src="cid:photo@x"><img src="http://127.0.0.1:9/track.gif">'


def with_pictures() -> bytes:
    body = (
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{HTML}\r\n--b\r\nContent-Type: image/png\r\n"
        f"Content-ID: <photo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(PNG).decode()}\r\n--b--\r\n"
    )
    return mail(body, content_type="multipart/related; boundary=b", reply_to="mira.private@customer.example")


@pytest.fixture
def office(mailbox: Mailbox) -> Office:
    found = Office(mailbox.shop)
    found.app.state.channels = {"email": mailbox.channel}
    return found


def opened(office: Office, mailbox: Mailbox) -> tuple[TestClient, str, str]:
    """A teammate's browser, the conversation and the address of its mail."""
    (found,) = mailbox.conversations()
    first = next(one for one in mailbox.timeline(found.id) if one.kind == "message")
    app = office.app
    assert isinstance(app, FastAPI)
    app.include_router(api.images)
    return office.client(mailbox.shop.ines), found.id, f"/conversations/{found.id}/mail/{first.id}"


@pytest.mark.promise("CH2")
def test_the_whole_mail_is_one_click_away_and_its_frame_is_closed(office: Office, mailbox: Mailbox) -> None:
    mailbox.gets(with_pictures())
    client, talk, where = opened(office, mailbox)
    conversation = client.get(f"/inbox/all/{talk}").text
    assert where in conversation
    assert "Answers go to mira.private@customer.example." in conversation
    page = client.get(where)
    assert "Winter tyres" in page.text
    assert "Show images" in page.text
    frame = client.get(f"{where}/frame")
    policy = frame.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert "<script" not in frame.text
    assert "track.gif" not in frame.text
    assert 'style="color:#a00"' in frame.text


@pytest.mark.promise("CH2")
def test_inline_images_have_signed_addresses_of_ours_that_need_no_session(office: Office, mailbox: Mailbox) -> None:
    mailbox.gets(with_pictures())
    client, _, where = opened(office, mailbox)
    (image,) = re.findall(r'src="(/mail-images/[^"]+)"', client.get(f"{where}/frame").text)
    stranger = office.client(None)
    shown = stranger.get(image)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert stranger.get(image[:-3] + "xxx").status_code == 401


@pytest.mark.promise("CH2")
def test_images_from_elsewhere_are_fetched_on_request_and_from_public_addresses(office: Office, mailbox: Mailbox) -> None:
    mailbox.gets(with_pictures())
    client, _, where = opened(office, mailbox)
    page = client.get(f"{where}?images=1").text
    assert "Show images" not in page
    found = re.findall(r'src="(/mail-images/[^"]+)"', client.get(f"{where}/frame?images=1").text)
    assert len(found) == 2
    refused = office.client(None).get(found[1])
    assert refused.status_code == 404
    assert "no public address" in refused.text


def test_a_message_of_another_conversation_is_not_shown(office: Office, mailbox: Mailbox) -> None:
    mailbox.gets(with_pictures())
    mailbox.gets(mail("Another", message_id="<m2@x>"))
    first, second = mailbox.conversations()
    entry = mailbox.timeline(first.id)[0]
    assert office.client(mailbox.shop.ines).get(f"/conversations/{second.id}/mail/{entry.id}").status_code == 404
