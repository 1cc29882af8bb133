"""A server of access tokens on this machine, as Google and Microsoft have one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from firstline.channels.base import Account
from tests.channels.email.letters import mailbox


class Provider:
    """Answers with what the test says and keeps what it was asked; tells a mail server whose a token is."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.good: dict[str, str] = {}
        """Tokens that open a mailbox, with its address."""
        self.answer: tuple[int, Any] = (200, {"access_token": "at-1", "expires_in": 3600})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                if self.path == "/introspect":
                    self.answers(200, provider.knows(form.get("token", "")))
                else:
                    provider.asked.append(form)
                    self.answers(*provider.answer)

            def answers(self, status: int, given: Any) -> None:
                body = given if isinstance(given, bytes) else json.dumps(given).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def knows(self, token: str) -> dict[str, Any]:
        """RFC 7662: whether a token is good, and whose."""
        return {"active": token in self.good, "email": self.good.get(token, "nobody@veloria.example")}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def account(self, sign_in: str = "google", **secrets: str) -> Account:
        url = f"{self.url}/token"
        given = {"client_secret": "cs", "refresh_token": "rt", **secrets}
        return mailbox(given, sign_in=sign_in, client_id="ci", token_url=url)
