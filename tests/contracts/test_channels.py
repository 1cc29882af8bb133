"""The promise that every channel keeps, for all that are registered."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from firstline.channels import splitting
from firstline.channels.accounts import secret_fields
from firstline.channels.base import (
    Account,
    Capabilities,
    Channel,
    Fetching,
    Forged,
    Hooked,
    Outbound,
    RawRequest,
    Response,
    Watching,
)
from firstline.channels.layout import layout_of
from firstline.channels.registry import all_channels
from firstline.console import drawn
from firstline.kit.database import Database
from firstline.kit.errors import Rejected, Retry, Unknown
from firstline.settings import Settings
from tests.world import KEYRING

FOLDERS = Path(__file__).parents[2] / "firstline" / "channels"
SECRETISH = ("password", "secret", "token", "key")


@pytest.fixture
def channels(database: Database) -> dict[str, Channel]:
    return dict(all_channels(database, KEYRING, Settings(public_url="https://desk.example")))


NOWHERE = {"graph_url": "http://127.0.0.1:9", "smtp_host": "127.0.0.1", "imap_host": "127.0.0.1", "smtp_port": 9, "imap_port": 9}


def _account(channel: Channel) -> Account:
    """An account with nothing but what is required, whose servers are nowhere."""
    fields = channel.config.model_fields
    settings: dict[str, Any] = {
        name: "a@shop.example" if name == "address" else "1234567890" for name, field in fields.items() if field.is_required()
    }
    return Account("cha_test", channel.kind, "Test", "inbox", settings | {k: v for k, v in NOWHERE.items() if k in fields}, {})


@pytest.mark.promise("ID4")
def test_the_form_of_every_channel_asks_for_each_setting_once_and_for_what_is_required_in_sight(
    channels: dict[str, Channel],
) -> None:
    for channel in channels.values():
        fields, sections = channel.config.model_fields, layout_of(channel.config)
        asked = [name for section in sections for name in section.fields]
        assert sorted(asked) == sorted(fields), channel.kind
        seen = {name for section in sections if not section.folded and section.when is None for name in section.fields}
        assert {name for name, field in fields.items() if field.is_required()} <= seen, channel.kind
        for by, among in (section.when for section in sections if section.when is not None):
            choices = {str(one.value) for one in fields[by].annotation or ()}  # an enum, or this fails
            assert among < choices, f"{channel.kind}: a section of {by} can never, or would always, be shown"


def test_every_channel_is_registered_under_its_kind_with_a_title(channels: dict[str, Channel]) -> None:
    assert len(channels) >= 2
    for kind, channel in channels.items():
        assert channel.kind == kind
        assert channel.title


def test_every_channel_is_drawn_by_an_icon_that_there_is(channels: dict[str, Channel]) -> None:
    sprite = (Path(drawn.__file__).parent / "static" / "icons.svg").read_text(encoding="utf-8")
    drawn.know(channels)
    for kind, channel in channels.items():
        assert f'id="{drawn.channel_icon(kind)}"' in sprite, kind
        assert channel.capabilities.family in drawn.FAMILIES, kind
    assert (drawn.channel_icon("email"), drawn.channel_icon("gone")) == ("mail", "plug")


def test_every_channel_has_the_same_files(channels: dict[str, Channel]) -> None:
    for kind, channel in channels.items():
        folder = FOLDERS.joinpath(*type(channel).__module__.split(".")[2:-1])
        wanted = ["README.md", "config.py", "channel.py"]
        if isinstance(channel, Hooked):
            wanted += ["parse.py", "render.py"]
        absent = [name for name in wanted if not (folder / name).exists()]
        assert not absent, f"{kind} lacks {absent}"


@pytest.mark.promise("CH7")
def test_every_setting_has_a_title_and_help_and_secrets_are_secret(channels: dict[str, Channel]) -> None:
    for kind, channel in channels.items():
        for name, field in channel.config.model_fields.items():
            assert field.title, f"{kind}.{name} has no title"
            assert field.description, f"{kind}.{name} has no help"
            if name.endswith(SECRETISH) and _is_text(field):
                assert name in secret_fields(channel.config), f"{kind}.{name} is shown as plain text"


def _is_text(field: FieldInfo) -> bool:
    return field.annotation in (str, SecretStr)


@pytest.mark.promise("CH8")
def test_what_a_channel_declares_makes_sense(channels: dict[str, Channel]) -> None:
    for kind, channel in channels.items():
        can: Capabilities = channel.capabilities
        assert can.text_limit >= 20, kind
        assert can.text_unit in splitting.MEASURES, kind
        assert can.family in ("chat", "messaging", "email", "calling"), kind
        assert can.window_cure in ("template", "tag", "none"), kind
        assert can.media <= {"image", "audio", "video", "file", "sticker"}, kind
        assert bool(can.media) == bool(can.media_limit), kind
        assert can.attempts >= 1, kind
        assert can.human_window is None or (can.window is not None and can.human_window > can.window), kind


def test_a_delivery_nobody_signed_is_refused_or_answered_but_never_taken(channels: dict[str, Channel]) -> None:
    deliveries = [
        RawRequest(body=b"{}"),
        RawRequest(body=b"", headers={"x-hub-signature-256": "sha256=" + "0" * 64}),
        RawRequest(body=b"\xff\x00", headers={"webhook-signature": "v1,x", "webhook-id": "1", "webhook-timestamp": "1"}),
        RawRequest(method="GET", query={"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}),
    ]
    for kind, channel in channels.items():
        if isinstance(channel, Hooked):
            for delivery in deliveries:
                try:
                    answer = channel.verify(_account(channel), delivery)
                except Forged:
                    continue
                assert isinstance(answer, Response), f"{kind} takes what nobody signed"
                assert answer.status >= 300 or not answer.body, f"{kind} answers {answer.status} to what nobody signed"


def _hostile() -> list[bytes]:
    nested = b"[" * 400 + b"]" * 400
    documents: list[Any] = [{}, [], None, 7, {"entry": None}, {"entry": [{"changes": [None, {"value": 3}]}]}, {"object": "x"}]
    return [b"", b"\xff\xfe", b"{", nested, b"From: a\r\n\r\nb", *(json.dumps(one).encode() for one in documents)]


def test_parsing_is_pure_and_hostile_deliveries_make_dead_letters_at_worst(channels: dict[str, Channel]) -> None:
    for channel in channels.values():
        if not isinstance(channel, Hooked):
            continue
        for body in _hostile():
            outcomes = []
            for _ in range(2):
                try:
                    outcomes.append(repr(channel.parse(_account(channel), RawRequest(body=body))))
                except Exception as error:
                    outcomes.append(type(error).__name__)
            assert outcomes[0] == outcomes[1]


def test_a_send_that_cannot_work_ends_as_retry_rejected_or_unknown(channels: dict[str, Channel]) -> None:
    message = Outbound("msg_1", "cnv_1", "Hello", {}, "teammate", "nobody")
    for channel in channels.values():
        if channel.capabilities.shows:
            continue
        with pytest.raises((Retry, Rejected, Unknown)):
            asyncio.run(asyncio.wait_for(channel.send(_account(channel), message), 60))


def test_what_a_channel_offers_besides_is_declared_by_protocols(channels: dict[str, Channel]) -> None:
    for kind, channel in channels.items():
        found: object = channel
        offers = isinstance(found, (Hooked, Fetching, Watching))
        assert offers or channel.capabilities.shows, f"{kind} neither takes deliveries nor shows what is committed"
