"""A Telegram-like messenger on this machine: getUpdates with long polling, sendMessage, sendChatAction."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Chirp:
    """One bot's side of the messenger."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.shown: list[dict[str, Any]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()

    def says(self, text: str, chat: int = 7) -> None:
        """A customer writes to the bot."""
        number = len(self.updates) + 1
        person = {"id": chat, "first_name": "Mira"}
        message = {"message_id": number, "from": person, "chat": {"id": chat}, "date": int(time.time()), "text": text}
        self.updates.append({"update_id": number, "message": message})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chirp = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/sendChatAction":
                    chirp.shown.append(body)
                    self._answer({"ok": True, "result": True})
                elif self.path == "/sendMessage":
                    chirp.sent.append(body)
                    self._answer({"ok": True, "result": {"message_id": 1000 + len(chirp.sent)}})
                else:
                    self._answer({"ok": True, "result": chirp.wait(int(body["offset"]))})

            def _answer(self, found: dict[str, Any]) -> None:
                content = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        return Handler

    def wait(self, offset: int) -> list[dict[str, Any]]:
        """Updates from a number on, as soon as there are some; nothing after a second."""
        for _ in range(50):
            if found := [one for one in self.updates if one["update_id"] >= offset]:
                return found
            time.sleep(0.02)
        return []
