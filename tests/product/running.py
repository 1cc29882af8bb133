"""The whole product in this process: web, worker, feed, over a fresh database."""

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from firstline.app import create_app
from firstline.people import keys
from firstline.settings import Settings
from tests.serving import serving
from tests.widget.serving import Line
from tests.world import Shop

PATIENCE = 30.0


class Product:
    """Veloria's Firstline, running. ``api`` acts for Ines, the owner."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        _, key = shop.database.run(keys.create_api_key, "tests", by=shop.ines)
        settings = Settings(data=folder, secret_key="k" * 32, allow_private_addresses=True)  # type: ignore[arg-type]
        self.app = create_app(settings, shop.database.dsn)
        self.port = 0
        self.api = httpx.Client(headers={"authorization": f"Bearer {key}"}, timeout=30)

    @contextlib.contextmanager
    def running(self) -> Iterator["Product"]:
        """Serve on a free port of the loopback while the block lasts."""
        with self.api, serving(self.app, ws_per_message_deflate=False) as self.port:
            self.api.base_url = httpx.URL(f"{self.url}/api/v1")
            yield self

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """POST JSON; the answer, which must be a success."""
        answer = self.api.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET JSON."""
        answer = self.api.get(path, params=query)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def until(self, look: Callable[[], Any]) -> Any:
        """What a look gives as soon as it gives something."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if found := look():
                return found
            time.sleep(0.02)
        raise AssertionError("it did not happen")

    def visitor(self, account: str, token: str | None = None) -> Line:
        """A browser tab with the chat of an account."""
        line = Line(connect(f"ws://127.0.0.1:{self.port}/widget/{account}/socket", max_size=None))
        line.send(
            t="hello", visitor=token, cursor=None, page={"url": "https://veloria.example/", "title": "Veloria", "lang": "en"}
        )
        line.ready = line.next("ready")
        return line

    def agent(self, account: str, **deployment: Any) -> tuple[str, str]:
        """Velo, who knows two things, deployed; ids of agent and deployment."""
        agent = self.post("/agents", name="Velo", company="Veloria")["id"]
        sources = [
            self.post("/sources", kind="short_answer", question="How long can I return a bike?", answer=RETURNS),
            self.post("/sources", kind="text", title="First service", text=SERVICE, url="https://veloria.example/service"),
        ]
        for source in sources:
            self.until(partial(self._is_ready, source["id"]))
        deployed = self.post("/deployments", agent_id=agent, channel_account_id=account, **deployment)
        return agent, deployed["id"]

    def _is_ready(self, source_id: str) -> bool:
        return bool(self.get(f"/sources/{source_id}")["state"] == "ready")


RETURNS = "You can return a bike within 30 days of delivery, ridden or not, as long as nothing is damaged."
SERVICE = (
    "The first service of every new bike is free within 6 months of purchase. Book it in the workshop by phone or online. "
    "We check brakes, gears and wheels and tighten all bolts. It takes about 40 minutes."
)
