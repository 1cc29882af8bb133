"""The reference client of the guide, as it is written there, connects a Telegram-like messenger: from a question to the end."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.custom.chirp import Chirp
from tests.channels.custom.receiver import Receiver
from tests.channels.custom.test_publishing import Office
from tests.docs.pages import ROOT, blocks
from tests.product.running import Product
from tests.world import Shop

GUIDE = ROOT / "docs" / "how-to" / "connect-a-custom-channel.md"


@pytest.fixture
def chirp() -> Iterator[Chirp]:
    messenger = Chirp()
    yield messenger
    messenger.close()


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Iterator[Product]:
    with Product(shop, tmp_path).running() as running:
        yield running


@pytest.fixture
def bridge(product: Product, chirp: Chirp, tmp_path: Path) -> Iterator[str]:
    """The guide's program, running; the id of the channel account."""
    (program,) = blocks(GUIDE, "python")
    assert len(program.strip().splitlines()) < 50
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    registered = product.post(
        "/custom-channels",
        name="Chirp",
        capabilities={"text_limit": 4096, "buttons": 0, "typing": True},
        webhook_url=f"http://127.0.0.1:{port}/",
    )
    account = product.post(
        f"/custom-channels/{registered['id']}/accounts", name="Chirp bot", workspace="inbox", delivery_identifier="@veloria_bot"
    )
    file = tmp_path / "bridge.py"
    file.write_text(program)
    found_in = {"FIRSTLINE": product.url, "CHANNEL": registered["id"], "ACCOUNT": account["id"], "BOT": chirp.url}
    key = product.api.headers["authorization"].removeprefix("Bearer ")
    environment = {**os.environ, **found_in, "KEY": key, "SECRET": registered["webhook_secret"], "PORT": str(port)}
    running = subprocess.Popen([sys.executable, str(file)], env=environment, stderr=subprocess.DEVNULL)
    yield account["channel_account_id"]
    running.kill()
    running.wait()


@pytest.mark.promise("CC3")
def test_the_message_that_the_guide_shows_has_the_fields_of_one_that_is_sent(shop: Shop) -> None:
    (shown,) = [json.loads(block) for block in blocks(GUIDE, "json")]
    receiver = Receiver()
    office = Office(shop, url=receiver.url, attachments=["image"])
    talk = office.talk()
    picture = {"name": "bike.png", "content": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 60).decode()}
    office.reply(talk, "Yes, in 30 days.", attachments=[picture])
    office.deliver(talk)
    ((_headers, body),) = receiver.got
    receiver.close()
    sent = json.loads(body)
    assert list(sent) == list(shown)
    assert list(sent["data"]) == list(shown["data"])
    for inner in ("recipient", "author"):
        assert list(sent["data"][inner]) == list(shown["data"][inner])
    assert list(sent["data"]["attachments"][0]) == list(shown["data"]["attachments"][0])


@pytest.mark.slow
@pytest.mark.promise("CH6", "CC1", "CC3", "AN1", "HO2")
def test_from_the_question_to_the_end_over_a_custom_channel(product: Product, chirp: Chirp, bridge: str) -> None:
    product.agent(bridge, fallback={"kind": "teams", "ids": [product.shop.workshop]})
    checked = product.post(f"/channel-accounts/{bridge}/check")
    assert checked["ok"], checked["message"]

    chirp.says("How many days do I have to give a bike back?")
    answer = product.until(lambda: chirp.sent and chirp.sent[0])
    assert answer["chat_id"] == "7"
    assert "30 days" in answer["text"]
    assert chirp.shown[0] == {"chat_id": "7", "action": "typing"}

    chirp.says("Can I talk to a human please?")
    product.until(lambda: len(chirp.sent) == 2)
    talk = product.get("/conversations", channel_account_id=bridge)["items"][0]
    assert talk["owner"] == {"kind": "teammate", "id": product.shop.jonas.id}
    timeline = product.get(f"/conversations/{talk['id']}")["timeline"]
    assert "handoff" in [entry["kind"] for entry in timeline]

    product.post(f"/conversations/{talk['id']}/messages", text="Jonas here. Bring it in today.")
    assert product.until(lambda: len(chirp.sent) == 3 and chirp.sent[2])["text"] == "Jonas here. Bring it in today."
    product.until(
        lambda: (
            {one["delivery"] for one in product.get(f"/conversations/{talk['id']}")["timeline"] if one["delivery"]} == {"sent"}
        )
    )
    product.post(f"/conversations/{talk['id']}/close")
    assert product.get(f"/conversations/{talk['id']}")["status"] == "closed"


def _states(product: Product, talk: str) -> set[str]:
    return {entry["delivery"] for entry in product.get(f"/conversations/{talk}")["timeline"] if entry["delivery"]}
