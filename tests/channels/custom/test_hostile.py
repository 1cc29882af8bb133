"""Hostile input at a custom channel's doors: what cannot be kept is refused or cleaned, and never an error of ours."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from firstline.channels.pausing import PAUSES, pause, spread
from firstline.kit.errors import Retry
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office, receiver
from tests.world import Shop

__all__ = ["receiver"]
pytestmark = pytest.mark.promise("CC1", "CH8")
NASTY = ("\x00", "a\x00b", "\ud800", "a\udfffb", "\u202egnp.exe", "\x1b[31m", "𝔘" * 60, "'; drop table entry; --", "<script>")
PLACES = ("text", "idempotency_id", "thread_id", "in_reply_to", "reply_id", "sender.id", "sender.name", "attachment.name")


def with_at(place: str, value: str) -> dict[str, Any]:
    body: dict[str, Any] = {"text": "Hello", "sender": {"id": "mira", "name": "Mira"}}
    owner, _, field = place.partition(".")
    if owner == "attachment":
        body["attachments"] = [{field: value, "content": "iVBORw0KGgoAAAA="}]
    elif field:
        body[owner] = {**body[owner], field: value}
    else:
        body[owner] = value
    return body


@pytest.mark.parametrize("place", PLACES)
def test_no_text_breaks_the_rest_door_or_the_webhook(shop: Shop, place: str) -> None:
    office = Office(shop)
    for number, nasty in enumerate(NASTY):
        body = {"account_id": office.account, "idempotency_id": f"m{number}", **with_at(place, nasty)}
        told = office.web.post(
            f"/api/v1/custom-channels/{office.channel}/messages",
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        assert told.status_code in (201, 409, 422), (place, nasty, told.text)
        body["idempotency_id"] = f"h{number}" if place != "idempotency_id" else f"h{nasty}"
        assert office.hook({"type": "message.published", "data": body}) == 200
    assert office.web.get("/api/v1/conversations").status_code == 200
    for one in office.web.get("/api/v1/conversations").json()["items"]:
        assert office.web.get(f"/api/v1/conversations/{one['id']}").status_code == 200


def test_no_report_breaks_a_message(shop: Shop, receiver: Receiver) -> None:
    office = Office(shop, url=receiver.url, receipts=["delivered"])
    talk = office.talk()
    message = office.reply(talk, "Hi").json()["id"]
    office.deliver(talk)
    for nasty in NASTY:
        for field in ("error", "code", "external_id"):
            body = json.dumps({"status": "failed", field: nasty}).encode()
            path = f"/api/v1/custom-channels/{office.channel}/messages/{message}"
            told = office.web.patch(path, content=body, headers={"content-type": "application/json"})
            assert told.status_code in (200, 422), (field, nasty, told.text)
            event = {"type": "message.status", "data": {"message_id": message, "status": "failed", field: nasty}}
            assert office.hook(event) == 200
        assert office.hook({"type": "message.status", "data": {"message_id": nasty, "status": "sent"}}) == 200


class Rude:
    """A receiver that answers with bytes of its own."""

    def __init__(self, *answers: bytes) -> None:
        left = list(answers)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.wfile.write(left.pop(0) if len(left) > 1 else left[0])
                self.close_connection = True

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


ANSWERS = {
    "a superscript for seconds": (b"HTTP/1.1 503 No\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n", "pending"),
    "more seconds than there are": (
        b"HTTP/1.1 429 No\r\nRetry-After: " + b"9" * 400 + b"\r\nContent-Length: 0\r\n\r\n",
        "pending",
    ),
    "a date for seconds": (
        b"HTTP/1.1 503 No\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n",
        "pending",
    ),
    "an id with a zero": (b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"id":"a\\u0000"}'[:200], "sent"),
    "an id that is half a letter": (b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"id":"\\ud800"}', "sent"),
    "an id that is a list": (b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"id":["a"]} ', "sent"),
    "no JSON": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{{{", "sent"),
    "nested deep": (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + b"[" * 90_000, "sent"),
    "an error with a zero": (b"HTTP/1.1 400 No\r\nContent-Length: 5\r\n\r\na\x00b\xff\xfe", "failed"),
    "more than anybody reads": (b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 9_000_000, "sent"),
    "an error longer than anybody reads": (b"HTTP/1.1 400 No\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000, "failed"),
    "no HTTP": (b"SSH-2.0-OpenSSH\r\n", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_of_a_receiver_breaks_the_outbox(shop: Shop, answer: str) -> None:
    content, wanted = ANSWERS[answer]
    rude = Rude(content)
    office = Office(shop, url=rude.url)
    talk = office.talk()
    office.reply(talk, "Hi")
    try:
        office.deliver(talk)
    except Retry:
        pass
    finally:
        rude.close()
    state, reason = office.state(talk)[-1]
    assert state == wanted or (not wanted and state in ("pending", "sent", "unknown", "failed")), (state, reason)
    assert "Error" not in str(reason)
    attempts = office.web.get(f"/api/v1/custom-channels/{office.channel}/deliveries")
    assert len(attempts.json()["items"]) == 1


def test_messages_that_a_receiver_missed_do_not_come_back_all_at_once() -> None:
    for attempt, planned in enumerate(PAUSES, 1):
        waits = {spread(pause(attempt), f"msg_{number}", attempt) for number in range(200)}
        assert planned <= min(waits) < max(waits) <= planned * 1.1
        assert len(waits) > 50
    assert pause(99) == PAUSES[-1]
