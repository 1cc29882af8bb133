"""Delivering a webhook: again while the other side fails, not when it refuses."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx

from firstline.simulators.mail.forms import Delivery

VISITED_WITHIN = 15.0
"""Seconds within which a link that was sent is visited."""
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


def deliver(url: str, delivery: Delivery) -> int:
    """Post until it is taken or refused; the last status, 0 if nothing answered."""
    status = 0
    with httpx.Client(timeout=30.0, trust_env=False) as client:
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            try:
                status = client.post(url, content=delivery.body, headers=dict(delivery.headers)).status_code
            except httpx.HTTPError:
                continue
            if status < 500:
                return status
    return status


@contextlib.contextmanager
def visited() -> Iterator[tuple[str, Callable[[], bool]]]:
    """A link on this machine, and whether somebody visits it, which is waited for."""
    came = threading.Event()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            came.set()

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?Action=ConfirmSubscription", lambda: came.wait(VISITED_WITHIN)
    finally:
        server.shutdown()
        server.server_close()
