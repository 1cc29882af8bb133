"""A teammate attaches files for a custom channel in a real browser: what goes how is seen before it is sent."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.desk import Desk as Teammate
from tests.browser.desk import violations
from tests.channels.custom.receiver import Receiver
from tests.console.office import Office
from tests.console.test_custom_channels import Desk as Channels

pytestmark = pytest.mark.promise("CH8", "IN3")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60_000
DECLARED = {"s-attachments": "image", "s-max_attachment_bytes": "100000", "s-max_attachments": "2", "s-text_limit": "2000"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The webhook of the channel."""
    found = Receiver(200)
    yield found
    found.close()


@pytest.fixture
def channels(office: Office, receiver: Receiver) -> Channels:
    """Chirp takes two pictures of 100 kB."""
    return Channels(office)


def talk_on_chirp(channels: Channels, receiver: Receiver) -> str:
    registered, _page = channels.register(**DECLARED, **{"s-webhook_url": receiver.url})
    return channels.says(channels.connect(registered), "Can you send me the bill?")


def payload(name: str, media_type: str, body: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType=media_type, buffer=body)


def chooses(page: Page, *files: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(".composer .attach").click()
    chooser.value.set_files(list(files))


def test_chosen_files_are_listed_taken_back_refused_when_too_many_and_sent(
    browser: Browser, office: Office, channels: Channels, receiver: Receiver
) -> None:
    talk = talk_on_chirp(channels, receiver)
    ines = Teammate(browser, office, office.shop.ines)
    page = ines.open(f"/inbox/all/{talk}")
    clip = page.get_by_label("Attach files. Up to 2 a message, 100 kB each: pictures. Others go as links.")
    expect(clip).to_have_count(1)
    chooses(page, payload("bike.png", "image/png", PNG), payload("wheel.png", "image/png", PNG))
    chooses(page, payload("bill.pdf", "application/pdf", b"%PDF-1.7\n" + b"0" * 2_000))
    chooses(page, payload("third.png", "image/png", PNG), payload("poster.png", "image/png", PNG * 3))
    chosen = page.get_by_role("list", name="Files to send").get_by_role("listitem")
    expect(chosen).to_have_text(
        [
            "bike.png60 kB",
            "wheel.png60 kB",
            "bill.pdf2 kB · goes as a link",
            "third.png60 kB",
            "poster.png180 kB · goes as a link",
        ]
    )
    assert violations(page) == []
    page.get_by_label("Reply to").fill("Here you are.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("This channel takes 2 files a message; these are 3.")
    expect(chosen).to_have_count(5)
    expect(page.get_by_label("Reply to")).to_have_value("Here you are.")
    page.get_by_role("button", name="Take back third.png").click()
    expect(chosen).to_have_count(4)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Here you are.")
    expect(chosen).to_have_count(0)
    with ThreadPoolExecutor(1) as aside:  # this thread runs the browser's loop
        aside.submit(channels.deliver, talk).result()
    (message,) = [json.loads(body)["data"] for _headers, body in receiver.got]
    assert [one["name"] for one in message["attachments"]] == ["bike.png", "wheel.png"]
    words, bill, poster = message["text"].split("\n\n")
    assert (words, bill.partition(": ")[0], poster.partition(": ")[0]) == ("Here you are.", "bill.pdf", "poster.png")
    ines.context.close()


def test_on_a_phone_chosen_files_fit(browser: Browser, office: Office, channels: Channels, receiver: Receiver) -> None:
    talk = talk_on_chirp(channels, receiver)
    ines = Teammate(browser, office, office.shop.ines, narrow=True, dark=True)
    page = ines.open(f"/inbox/all/{talk}")
    chooses(page, payload("a picture of the bike with a very long name indeed.png", "image/png", PNG * 3))
    expect(page.get_by_role("list", name="Files to send")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    ines.context.close()
    assert ines.complaints == []
