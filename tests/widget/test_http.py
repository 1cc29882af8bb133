"""Files, settings, and the line by waiting requests."""

import gzip
from typing import Any

import httpx
import pytest

from firstline.agent import capturing
from firstline.agent import commands as agents
from firstline.contacts.queries import who_is
from firstline.conversations import queries as conversations
from firstline.kit.database import Event
from firstline.widget import commands
from firstline.widget.files import files, uncommented, version
from firstline.widget.rules import Page
from firstline.widget.site import site as site_of
from firstline.widget.visitors import recognise
from firstline.widget.wording import wording
from tests.conftest import NOW
from tests.widget.serving import Served
from tests.world import KEYRING


@pytest.fixture
def http(chat: Served) -> httpx.Client:
    return httpx.Client(base_url=chat.url, timeout=20)


def poll(http: httpx.Client, chat: Served, token: str | None = None, cursor: str = "") -> dict[str, Any]:
    answer = http.post(f"/widget/{chat.account}/poll", json={"visitor": token, "cursor": cursor, "page": {"lang": "en"}})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def send(http: httpx.Client, chat: Served, token: str | None, **frame: Any) -> httpx.Response:
    return http.post(f"/widget/{chat.account}/send", json={"visitor": token, "page": {"lang": "en"}, "frame": frame})


def test_the_loader_is_at_most_3_kb_and_the_chat_at_most_20_kb() -> None:
    packed = {name: len(gzip.compress(file.body, 9)) for name, file in files().items()}
    assert packed.pop("widget.js") <= 3_000
    assert packed.pop("tray.js") <= 3_000  # fetched with the first file that is chosen
    assert sum(packed.values()) <= 20_000, packed


def test_only_comments_and_types_are_taken_out() -> None:
    source = 'const a = 1; // kept\n  /** @type {x} */ #field;\n/**\n * gone\n */\nconst b = "/** kept */";\n  // gone\n'
    assert uncommented(source, "js") == 'const a = 1; // kept\n  #field;\nconst b = "/** kept */";\n'
    assert uncommented("a {\n  b: c; /* gone */\n  d: e;\n}\n", "css") == "a {\nb: c; d: e;\n}\n"


def test_files_are_packed_and_kept_by_their_version(http: httpx.Client) -> None:
    answer = http.get(f"/widget/{version()}/chat.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert http.get("/widget/old-version/chat.js").headers["cache-control"] == "no-cache"
    for address in ("/widget.js", "/widget/chat.js"):
        first = http.get(address)
        again = http.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_nothing_else_is_served(http: httpx.Client) -> None:
    for address in ("/widget/x/secret.js", "/widget/protocol.js", "/widget/x/..%2fapi.py", "/widget/strings/en.json"):
        assert http.get(address).status_code == 404


def test_the_settings_say_what_a_page_needs_in_its_language(http: httpx.Client, chat: Served) -> None:
    chat.settings(accent="#1f7a4d", theme="dark", position="start")
    shown = http.get(f"/widget/{chat.account}/config", params={"lang": "de-CH"}).json()
    assert shown["strings"]["talk"] == "Mit einem Menschen sprechen"
    assert (shown["locale"], shown["dir"], shown["company"], shown["poweredByAi"]) == ("de", "ltr", "Veloria", True)
    assert shown["theme"] == {"mode": "dark", "accent": "#1f7a4d", "position": "start"}
    assert shown["welcome"].startswith("Hallo! Ich bin Velo")
    assert http.get(f"/widget/{chat.account}/config", params={"lang": "ar"}).json()["dir"] == "rtl"
    assert http.get(f"/widget/{chat.account}/config", params={"lang": "<script>"}).json()["locale"] == "en"


def test_another_website_is_told_why_it_is_refused(http: httpx.Client, chat: Served) -> None:
    chat.settings(allowed_origins=["https://veloria.example"])
    answer = http.get(f"/widget/{chat.account}/config", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == "https://evil.example"
    assert "https://evil.example" in answer.json()["detail"]
    assert http.get(f"/widget/{chat.account}/config", headers={"Origin": "https://veloria.example"}).status_code == 200
    assert http.get(f"/widget/{chat.account}/config", headers={"Origin": chat.url}).status_code == 200


def test_an_unknown_account_is_not_found(http: httpx.Client) -> None:
    answer = http.get("/widget/cha_nobody/config")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_pages_of_other_websites_may_ask_before_they_send(http: httpx.Client, chat: Served) -> None:
    asked = {"Origin": "https://veloria.example", "Access-Control-Request-Method": "POST"}
    answer = http.options(f"/widget/{chat.account}/send", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://veloria.example"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


@pytest.mark.promise("CH1")
def test_a_conversation_works_without_a_socket(http: httpx.Client, chat: Served) -> None:
    first = poll(http, chat)
    [ready] = first["frames"]
    token = ready["visitor"]
    [ack] = send(http, chat, token, t="message", clientId="m1", text="Hello").json()["frames"]
    assert ack["t"] == "ack"
    chat.answer(ack["conversation"], "Hello, how can I help?")
    second = poll(http, chat, token, first["cursor"])
    [ready] = second["frames"]
    assert [entry["text"] for entry in ready["entries"]] == ["Hello", "Hello, how can I help?"]


def test_a_poll_without_news_ends_with_the_state_alone_and_one_with_news_brings_them(http: httpx.Client, chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
    chat.desk.lasts = 0.0
    seen = poll(http, chat, tab.token)
    while [frame["t"] for frame in seen["frames"]] != ["state"]:
        seen = poll(http, chat, tab.token, seen["cursor"])
    chat.answer(asked["conversation"], "Here.")
    while [frame["t"] for frame in seen["frames"]] == ["state"]:
        seen = poll(http, chat, tab.token, seen["cursor"])
    assert "Here." in str(seen["frames"])


def test_a_frame_without_a_known_token_must_say_hello_first(http: httpx.Client, chat: Served) -> None:
    assert send(http, chat, None, t="message", clientId="m1", text="Hello").status_code == 401
    assert send(http, chat, "forged", t="message", clientId="m1", text="Hello").status_code == 401


def test_a_body_that_is_none_is_refused(http: httpx.Client, chat: Served) -> None:
    bodies = {b"": 422, b"[]": 422, b'{"visitor": "\xff"}': 422, b"[" * 60_000: 422, b"a" * 1_000_000: 413}
    for body, status in bodies.items():
        for what in ("poll", "send"):
            assert http.post(f"/widget/{chat.account}/{what}", content=body).status_code == status


def test_a_bad_frame_is_answered_with_an_error(http: httpx.Client, chat: Served) -> None:
    token = poll(http, chat)["frames"][0]["visitor"]
    for frame in ({"t": "x"}, {"t": "message", "clientId": "m1", "text": ""}):
        [error] = send(http, chat, token, **frame).json()["frames"]
        assert error["t"] == "error"


@pytest.mark.promise("HO5")
def test_the_greeting_asks_a_new_visitor_for_the_address_and_the_first_message_may_bring_it(
    http: httpx.Client, chat: Served
) -> None:
    run, ines = chat.shop.database.run, chat.shop.ines
    where = f"/widget/{chat.account}/config"
    assert http.get(where).json()["emailQuestion"] == ""
    run(agents.set_channels, chat.velo, {"email_capture": "start"}, by=ines)
    site = run(site_of, chat.account, lambda tx, account: chat.velo)
    assert site.email_question(wording("en")) == "Would you tell me your email address, so that we can reach you?"
    visitor = recognise(KEYRING, chat.account, None, NOW)
    first, _ = run(commands.say, site, visitor, Page(lang="en"), "c1", "Where is my order? I am mira@example.org")
    second, _ = run(commands.say, site, visitor, Page(lang="en"), "c2", "Hello?")
    entries = {one.id: one.data for one in run(conversations.timeline, first.conversation_id)}
    assert [bool(entries[one.entry_id].get("asks_email")) for one in (first, second)] == [True, False]
    run(
        capturing.take_address,
        Event(1, "message.received", first.conversation_id, {"entry": first.entry_id, "channel_account": chat.account}, NOW),
    )
    assert run(who_is, first.contact_id).email == "mira@example.org"
