"""A real language model behind a real server that speaks OpenAI's protocol: llama.cpp with SmolLM2-135M.

It is far too small to answer anybody. It shows that loading, streaming, the enforced form, time-outs and the way back to the
built-in answerer work with something that is not scripted.
"""

import asyncio
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from firstline.agent.connections import commands, trying
from firstline.agent.connections.building import build
from firstline.agent.connections.calling import Came, Failed, Question, Trouble, ask
from firstline.agent.connections.rules import ConnectionSettings
from firstline.agent.connections.trying import Trial
from firstline.channels.livechat.channel import LiveChat
from firstline.kit.fetch import FetchFailed, fetch
from firstline.settings import Settings
from tests.agent.minds import Velo
from tests.world import KEYRING, Shop

MODEL = "smollm2-135m-instruct/Q4_1.gguf"
PATIENCE = 300.0
"""Seconds that a turn may take here, however busy the machine is: what is tested is not how fast it is."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of llama.cpp's server on this machine."""
    llama: Any = pytest.importorskip("xllamacpp", reason="xllamacpp is not installed")
    try:
        path = fetch([MODEL], Settings().models.expanduser())[0]
    except FetchFailed as failed:
        warnings.warn(f"NOT TESTED with a real model: {failed}", stacklevel=1)
        pytest.skip(str(failed))
    parameters = llama.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel, parameters.port = 4096, 1, 0
    # One thread: several wait for one another, and on a busy machine that makes half a word a second of a hundred.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    running = llama.Server(parameters)
    yield f"{running.listening_address}/v1"
    del running


def connected(shop: Shop, url: str, **more: Any) -> str:
    """The local model as a connection."""
    settings = {
        "provider": "compatible",
        "model": "smollm2",
        "base_url": url,
        "seconds": 240,
        "max_tokens": 120,
        "temperature": 0,
    }
    return shop.database.run(commands.connect, KEYRING, {**settings, **more}, by=shop.ines)


@pytest.mark.promise("AN4")
def test_the_test_of_a_connection_finds_that_it_streams_and_keeps_to_the_form(
    shop: Shop, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "LONGEST", PATIENCE)
    found = asyncio.run(Trial(shop.database, KEYRING).run(connected(shop, server), by=shop.ines))
    assert found["works"], found["message"]
    assert found["streams"]
    assert found["form"] == "schema"
    assert found["input_tokens"] > 20
    assert 0 < found["first_ms"] < found["ms"]


@pytest.mark.promise("AN1", "AN3", "AN4")
def test_whatever_a_weak_model_says_the_customer_gets_an_answer_that_stands(shop: Shop, server: str) -> None:
    velo = Velo(shop)
    patient = LiveChat()
    patient.capabilities = replace(LiveChat.capabilities, turn_budget=PATIENCE)
    velo.turns.channels = {patient.kind: patient}
    model = connected(shop, server)
    shop.database.run(commands.choose, velo.id, {"primary": model}, by=shop.ines)
    conversation = velo.asked("Can I return my bike?")
    turn = velo.turn(conversation)
    assert turn["state"] == "committed"
    assert turn["trace"]["models"][0]["outcome"] == "ok"
    said = velo.said(conversation)
    assert len(said) == 1
    sentences = (turn["trace"]["evidence"] or {}).get("sentences", [])
    for one in sentences:
        assert one["supported"] or one["text"] not in said[0]


@pytest.mark.promise("AN3")
def test_a_model_that_is_too_slow_is_not_waited_for_and_answers_the_next_question(shop: Shop, server: str) -> None:
    """No processor reads a thousand words within a hundredth of a second."""
    model = build(ConnectionSettings(provider="compatible", model="smollm2", base_url=server), None)

    async def hurried_and_patient() -> tuple[Failed, Came]:
        with pytest.raises(Failed) as late:
            await ask(model, Question("Be brief.", "I bought it in spring. " * 200, None, 900, 0, 0.01))
        return late.value, await ask(model, Question("Be brief.", "Say hello.", None, 20, 0, PATIENCE))

    late, came = asyncio.run(hurried_and_patient())
    assert late.trouble is Trouble.SLOW
    assert came.text.strip()
