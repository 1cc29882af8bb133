"""A visitor sends files in a real browser: chosen, dropped, pasted, taken back, tried again."""

import pytest
from playwright.sync_api import FilePayload, Route, expect

from tests.browser.test_widget import picture
from tests.browser.visitor import Arrives
from tests.widget.serving import Served

_GIVE = """([kind, name]) => {
  const root = document.querySelector('firstline-chat').shadowRoot;
  const data = new DataTransfer();
  data.items.add(new File(['plain words'], name, { type: 'text/plain' }));
  const how = kind === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
                               : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  root.querySelector(kind === 'paste' ? 'textarea' : '.log').dispatchEvent(how);
}"""


@pytest.mark.promise("CH1")
def test_files_are_chosen_dropped_pasted_taken_back_tried_again_and_sent(arrives: Arrives, served: Served) -> None:
    mira = arrives().opens()
    tray = mira.chat.locator(".tray li")
    chooser = mira.chat.locator("input[type=file]")
    expect(mira.chat.get_by_role("button", name="Attach files. Up to 10 MB each")).to_be_visible()
    broken = iter([True])

    def break_once(route: Route) -> None:
        route.abort() if next(broken, False) else route.continue_()

    mira.page.route("**/upload?*", break_once)
    chooser.set_input_files(FilePayload(name="wheel.png", mimeType="image/png", buffer=picture()))
    expect(tray).to_contain_text("did not arrive")
    tray.get_by_role("button", name="Try again").click()
    expect(tray.locator("progress")).to_be_hidden()
    expect(tray.locator("img")).to_be_visible()
    for how, name in (("dragover", "no.txt"), ("drop", "bill.txt"), ("paste", "note.txt")):
        mira.page.evaluate(_GIVE, [how, name])
    expect(tray).to_have_count(3)
    mira.page.evaluate("window.scrollTo(0, 0)")
    chooser.set_input_files(FilePayload(name="setup.pdf", mimeType="application/pdf", buffer=b"MZ\x90\x00"))
    expect(tray.last).to_contain_text("Files of this kind cannot be sent here.")
    expect(tray.last.get_by_role("button", name="Try again")).to_be_hidden()
    chooser.set_input_files(FilePayload(name="nothing.txt", mimeType="text/plain", buffer=b""))
    expect(tray.last).to_contain_text("This file is empty.")
    for name in ("Remove nothing.txt", "Remove setup.pdf", "Remove note.txt"):
        mira.chat.get_by_role("button", name=name).click()
    expect(tray).to_have_count(2)
    expect(tray.nth(1).locator("progress")).to_be_hidden()

    mira.chat.get_by_role("button", name="Send").click()

    expect(tray).to_have_count(0)
    expect(mira.own.last.locator("a.file")).to_have_count(2)
    expect(mira.own.last.locator("img")).to_be_visible()
    expect(mira.own.last).to_contain_text("bill.txt")
    mira.page.reload()
    expect(mira.own.last.locator("a.file")).to_have_count(2)
    served.settings(files="nothing")
    mira.page.reload()
    expect(mira.field).to_be_visible()
    expect(chooser).to_have_count(0)
    assert mira.trouble == []
