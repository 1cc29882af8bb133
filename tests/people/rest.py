"""The whole application over Veloria's database, asked over HTTP without running jobs."""

import tempfile
from pathlib import Path

from fastapi.testclient import TestClient

from firstline.app import create_app
from firstline.settings import Settings
from tests.world import Shop

SECRET = "k" * 32
"""The secret key of tests: that of ``tests.world.KEYRING``."""


def client_over(shop: Shop, **settings: object) -> TestClient:
    """A client that is nobody yet; forms it sends come from our own pages."""
    chosen = Settings(data=Path(tempfile.gettempdir()) / "firstline-none", secret_key=SECRET, **settings)  # type: ignore[arg-type]
    app = create_app(chosen, shop.database.dsn, clock=shop.database.clock, worker=False)
    return TestClient(app, base_url="http://firstline.example", headers={"Sec-Fetch-Site": "same-origin"})
