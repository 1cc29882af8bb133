"""Files from visitors: what is taken, what is refused with words, and what becomes of the rest."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from firstline.conversations import attaching, queries
from firstline.kit.blobs import blob
from firstline.widget import accepting, uploads
from firstline.widget.accepting import A_DAY, AT_ONCE, MEGABYTE, PENDING, Limits, Taken
from firstline.widget.rules import BadFrame, Say, read
from firstline.widget.tables import upload
from firstline.widget.visitors import recognise
from tests.conftest import NOW
from tests.widget.serving import Line, Served
from tests.world import KEYRING

PNG = b"\x89PNG\r\n\x1a\n a photo of a wheel"


@pytest.fixture
def http(chat: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{chat.url}/widget/{chat.account}", timeout=30) as client:
        yield client


def sends(http: httpx.Client, by: Line | str, content: bytes = PNG, name: str = "wheel.png", **headers: str) -> httpx.Response:
    token = by if isinstance(by, str) else by.ready["visitor"]
    return http.post("/upload", params={"name": name}, content=content, headers={"X-Visitor": token, **headers})


def count(chat: Served, table: Any) -> int:
    return chat.shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(table)))  # type: ignore[no-any-return]


@pytest.mark.promise("CH1")
def test_a_visitor_sends_files_without_a_word_and_both_sides_see_them(chat: Served, http: httpx.Client) -> None:
    line = chat.line()
    first, second = sends(http, line), sends(http, line, b"%PDF-1.7 bill", "../../\u202efdp.exe")
    assert first.status_code == 201
    assert first.json() | {"id": ""} == {"id": "", "name": "wheel.png", "size": len(PNG), "type": "image/png"}
    assert second.json()["name"] == "fdp.exe"
    ids = [first.json()["id"], second.json()["id"]]
    line.send(t="message", clientId="m1", text="", files=ids)
    ack = line.next("ack")
    shown = line.next("entry")["entry"]
    assert [(one["name"], one["shown"]) for one in shown["files"]] == [("wheel.png", True), ("fdp.exe", False)]
    assert httpx.get(chat.url + shown["files"][0]["url"]).content == PNG
    paper = httpx.get(chat.url + shown["files"][1]["url"])
    assert paper.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in paper.headers["content-security-policy"]
    talk = chat.shop.database.run(queries.which, ack["conversation"], chat.shop.ines)
    assert talk.preview == "wheel.png, fdp.exe"
    assert count(chat, upload) == 0
    line.send(t="message", clientId="m1", text="", files=ids)
    assert line.next("ack")["id"] == ack["id"], "sent again after a broken line, it is the same message"
    line.send(t="message", clientId="m2", text="Once more", files=ids)
    assert "no longer there" in line.next("error")["message"]
    files = chat.shop.database.run(attaching.of_entries, [ack["id"]])[ack["id"]]
    assert [one.kind for one in files] == ["image", "file"]


@pytest.mark.promise("CH1")
@pytest.mark.parametrize(
    ("content", "name", "status", "says"),
    [
        (b"", "empty.png", 422, "empty"),
        (b"<html><script>alert(1)</script>", "photo.png", 415, "this kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.png", 415, "this kind"),
        (b"<!-- a wheel -->\n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo.png", 415, "this kind"),
        ("<html><script>alert(1)</script>".encode("utf-16"), "note.txt", 415, "this kind"),
        (b"MZ\x90\x00 setup", "invoice.pdf", 415, "this kind"),
        (b"PK\x03\x04 stuff", "photos.zip", 415, "this kind"),
        (b"\x00\x01\x02\x03", "noise.jpg", 415, "this kind"),
        (PNG + bytes(MEGABYTE), "large.png", 413, "1 MB"),
    ],
)
def test_what_a_file_is_counts_and_not_its_name(
    chat: Served, http: httpx.Client, content: bytes, name: str, status: int, says: str
) -> None:
    chat.settings(file_limit=1)
    refused = sends(http, chat.line(), content, name, **{"Content-Type": "image/png"})
    assert refused.status_code == status
    assert says in refused.json()["detail"]
    assert count(chat, blob) == 0


@pytest.mark.promise("CH1")
def test_an_upload_belongs_to_its_visitor_alone(chat: Served, http: httpx.Client) -> None:
    mira, other = chat.line(), chat.line()
    mine = sends(http, mira).json()["id"]
    other.send(t="message", clientId="m1", text="", files=[mine])
    assert other.next("error")["code"] == "file_gone"
    there = {"X-Visitor": other.ready["visitor"]}
    assert http.delete(f"/upload/{mine}", headers=there).status_code == 204
    assert count(chat, upload) == 1
    for token in ("", "forged", mira.ready["visitor"][:-2] + "xx"):
        assert http.post("/upload", content=PNG, headers={"X-Visitor": token}).status_code == 401
    assert http.delete(f"/upload/{mine}", headers={"X-Visitor": mira.ready["visitor"]}).status_code == 204
    assert (count(chat, upload), count(chat, blob)) == (0, 0)


def test_a_chat_that_takes_no_files_says_so_and_pages_of_other_sites_stay_out(chat: Served, http: httpx.Client) -> None:
    assert http.get("/config").json()["limits"]["files"]["size"] == 10 * MEGABYTE
    line = recognise(KEYRING, chat.account, None, NOW).token  # without an open tab, whose settings follow a moment later
    chat.settings(files="nothing", allowed_origins=["https://veloria.example"])
    assert sends(http, line, origin="https://elsewhere.example").status_code == 403
    refused = sends(http, line, origin="https://veloria.example")
    assert (refused.status_code, refused.json()["title"]) == (403, "no_files")
    assert refused.headers["access-control-allow-origin"] == "https://veloria.example"
    assert http.options("/upload").headers["access-control-allow-headers"] == "Content-Type, X-Visitor"
    assert http.get("/config", headers={"origin": "https://veloria.example"}).json()["limits"]["files"] is None
    chat.settings(files="pictures", allowed_origins=[])
    assert sends(http, line, b"%PDF-1.7").status_code == 415


@pytest.mark.promise("CH1")
def test_a_flood_of_files_ends_at_the_quota(chat: Served, http: httpx.Client) -> None:
    line = chat.line()
    answers = [sends(http, line, PNG + bytes([number])).status_code for number in range(40)]
    assert answers[:AT_ONCE] == [201] * AT_ONCE
    assert set(answers[AT_ONCE:]) == {429}
    assert count(chat, upload) == AT_ONCE


def test_a_file_that_breaks_off_or_says_another_size_leaves_nothing(chat: Served) -> None:
    token = chat.line().ready["visitor"]
    head = f"POST /widget/{chat.account}/upload?name=a.png HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Visitor: {token}\r\n"
    for length in ("500000", "99999999999"):
        with socket.create_connection(("127.0.0.1", chat.port)) as line:
            line.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + PNG)
            if length != "500000":
                assert b"413" in line.recv(100)
    with socket.create_connection(("127.0.0.1", chat.port)) as line:
        line.sendall(f"{head}Content-Length: -5\r\n\r\n".encode() + PNG)
        assert b"400" in line.recv(100)
    assert count(chat, upload) == 0


def test_what_nobody_sends_is_forgotten_after_a_day(chat: Served, http: httpx.Client) -> None:
    line = chat.line()
    sends(http, line)
    sends(http, line, PNG + b"2")
    database = chat.shop.database
    database.run(lambda tx: tx.execute(update(upload).values(at=tx.now - uploads.KEPT - timedelta(minutes=1))))
    sends(http, line, PNG + b"2")
    assert database.run(uploads.forget_old) == 2
    assert (count(chat, upload), count(chat, blob)) == (1, 1), "the same content, chosen again, is still there"


@given(st.integers(0, 40), st.integers(0, 2 * PENDING), st.integers(0, 2 * A_DAY), st.integers(1, 25 * MEGABYTE))
@settings(max_examples=60)
def test_there_is_never_room_beyond_a_quota(number: int, held: int, today: int, size: int) -> None:
    fits = accepting.room(number, held, today, 0, size) is None
    assert fits == (number < AT_ONCE and held + size <= PENDING and held + today + size <= A_DAY)


@pytest.mark.parametrize("length", [None, 0, 5, 11 * MEGABYTE])
def test_what_may_begin_by_its_length(length: int | None) -> None:
    assert (accepting.announced(Limits(Taken.FILES, 10 * MEGABYTE), length) is None) == (length in (None, 5))


@pytest.mark.parametrize("files", ["upl_1", [1], ["../x"], [None], ["a" * 65], [f"u{n}" for n in range(11)]])
def test_a_message_with_files_that_are_none_is_refused(files: Any) -> None:
    with pytest.raises(BadFrame):
        read({"t": "message", "clientId": "m", "text": "", "files": files}, text_limit=10)


def test_the_same_file_named_twice_goes_once() -> None:
    assert read({"t": "message", "clientId": "m", "text": " ", "files": ["u1", "u1"]}, text_limit=10) == Say("m", "", ("u1",))
