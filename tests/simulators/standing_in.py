"""A simulated Meta beside the running product, over real HTTP."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx

from firstline.simulators.meta.app import simulated_meta
from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Settings
from tests.product.running import Product
from tests.serving import serving

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "whatsapp": ("whatsapp", {"phone_number_id": NUMBER, "waba_id": WABA, "display_number": "+49 341 5550100"}),
    "messenger": ("messenger", {"page_id": PAGE, "app_id": APP, "human_agent": True}),
    "instagram": ("messenger", {"platform": "instagram", "page_id": INSTAGRAM, "instagram_id": INSTAGRAM, "app_id": APP}),
}


class Meta:
    """The simulator, as tests use it."""

    def __init__(self, product: Product, kind: str) -> None:
        self.product, self.kind = product, kind
        self.app = simulated_meta(Settings(target=product.url))
        self.world = self.app.state.world
        self.account = ""
        self.http = httpx.Client(timeout=30)

    def connect(self) -> str:
        """Connect an account of this kind; its id."""
        kind, settings = KINDS[self.kind]
        given = self.world.settings
        secrets = {"access_token": given.token, "app_secret": given.app_secret, "verify_token": given.verify_token}
        self.account = self.product.post(
            "/channel-accounts",
            kind=kind,
            name=f"Veloria on {self.kind}",
            settings={**settings, "graph_url": str(self.http.base_url)},
            secrets=secrets,
        )["id"]
        setattr(given, f"{self.kind}_account", self.account)
        return self.account

    def does(self, verb: str, who: str = "4915112345678", text: str = "", **more: Any) -> dict[str, Any]:
        """Somebody does something."""
        answer = self.http.post(f"/sim/{verb}", json={"kind": self.kind, "who": who, "text": text, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def act(self, verb: str, **body: Any) -> None:
        """Change how this Meta is."""
        answer = self.http.post(f"/sim/{verb}", json=body)
        assert answer.status_code == 200, answer.text

    def sent(self, number: int) -> dict[str, Any]:
        """The n-th message that Firstline sent, waited for."""
        found: dict[str, Any] = self.product.until(lambda: self.world.sent[number - 1 : number])[0]
        return found

    def words(self, number: int) -> str:
        """Its text."""
        return words(self.sent(number)["body"])

    def conversation(self) -> dict[str, Any]:
        """The newest conversation, whole."""
        newest = self.product.until(lambda: self.product.get("/conversations")["items"])[0]
        return self.product.get(f"/conversations/{newest['id']}")


def words(body: dict[str, Any]) -> str:
    """The text of a message as it was posted."""
    message = body.get("message", body)
    text = message.get("text", "")
    if isinstance(text, dict):
        text = text["body"]
    return str(text or message.get("interactive", {}).get("body", {}).get("text", ""))


@contextlib.contextmanager
def simulated(product: Product, kind: str) -> Iterator[Meta]:
    """A simulated Meta while the block lasts, with an account of this kind connected."""
    meta = Meta(product, kind)
    with meta.http, serving(meta.app) as port:
        meta.http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        meta.connect()
        yield meta
