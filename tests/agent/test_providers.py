"""Each provider at its own protocol, as the installed library speaks it, over real HTTP (AN4). None of them is reached."""

import asyncio
import json
import warnings
from pathlib import Path

import pytest

from firstline.agent.connections.building import NotInstalled, build, installed
from firstline.agent.connections.calling import Came, Failed, Question, Trouble, ask
from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.rules import ConnectionSettings
from firstline.agent.models.output import SCHEMA, read_output
from tests.agent.wires import WIRES, Line, Wire, certify

SAYS = json.dumps({"decision": "answer", "segments": [{"text": "You can return it within 30 days.", "sources": ["P1"]}]})


def asked(wire: Wire, line: Line, *, schema: bool = True, seconds: float = 20) -> Came:
    if not installed(wire.provider):
        why = f"NOT TESTED: {PROVIDERS[wire.provider].name} (pip install 'firstline[{PROVIDERS[wire.provider].extra}]')"
        warnings.warn(why, stacklevel=1)
        pytest.skip(why)
    settings = ConnectionSettings(provider=wire.provider, model=wire.model, base_url=line.url)
    question = Question("Be brief.", "Can I return it?", SCHEMA if schema else None, 200, None, seconds)

    async def run() -> Came:
        return await ask(build(settings, "sk-wire-key"), question)

    return asyncio.run(run())


def tried(wire: Wire, line: Line, *, schema: bool) -> Came | Failed:
    try:
        return asked(wire, line, schema=schema)
    except Failed as failed:
        return failed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certify(tmp_path_factory.mktemp("provider"))


@pytest.fixture(autouse=True)
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Amazon's library sends a key over TLS only, and believes this authority."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))


each = pytest.mark.parametrize("wire", WIRES, ids=[wire.provider for wire in WIRES])


def test_every_provider_is_here() -> None:
    assert {wire.provider for wire in WIRES} == set(PROVIDERS)


@each
@pytest.mark.promise("AN4")
def test_a_provider_is_asked_at_its_own_address_with_its_key_and_its_stream_is_read(wire: Wire, certificate: Path) -> None:
    with Line(wire, SAYS, certificate=certificate) as line:
        came = asked(wire, line, schema=False)
    path, headers, body = line.asked[0]
    assert path.split("?")[0].endswith(wire.path)
    assert headers[wire.key[0]] == wire.key[1]
    assert "Can I return it?" in json.dumps(body)
    assert "Be brief." in json.dumps(body)
    assert len(line.asked) == 1
    assert (came.text, came.input_tokens, came.output_tokens) == (SAYS, 120, 30)
    assert came.pieces > 1
    assert read_output(came.text).pieces[0].sources == ("P1",)


@each
@pytest.mark.promise("AN4")
def test_the_form_of_an_answer_is_asked_for_or_refused_before_anything_is_sent(wire: Wire, certificate: Path) -> None:
    """A provider whose library knows no forms for a model refuses; it is then asked in words, as any that refuses."""
    with Line(wire, SAYS, certificate=certificate) as line:
        came = tried(wire, line, schema=True)
    if isinstance(came, Failed):
        assert (came.trouble, line.asked) == (Trouble.REFUSED, [])
    else:
        assert "segments" in json.dumps(line.asked[0][2])


@each
@pytest.mark.promise("AN3")
@pytest.mark.parametrize(
    ("status", "message", "troubles"),
    [
        (401, "invalid key", (Trouble.KEY,)),
        (402, "pay first", (Trouble.MONEY,)),
        (429, "You exceeded your current quota, check your billing details", (Trouble.MONEY,)),
        (429, "slow down", (Trouble.BUSY,)),
        (404, "no such model", (Trouble.REFUSED,)),
        (500, "oops", (Trouble.DOWN,)),
        (529, "overloaded", (Trouble.DOWN, Trouble.BUSY)),
    ],
)
def test_a_refusal_is_told_apart_and_not_repeated(
    wire: Wire, certificate: Path, status: int, message: str, troubles: tuple[Trouble, ...]
) -> None:
    with Line(wire, refuses=(status, message), certificate=certificate) as line, pytest.raises(Failed) as failed:
        asked(wire, line, schema=False)
    assert failed.value.trouble in troubles, failed.value.message
    assert len(line.asked) == 1, "the library must not try again by itself"


@each
@pytest.mark.promise("AN3")
def test_a_stream_that_is_cut_is_no_answer_or_half_of_one(wire: Wire, certificate: Path) -> None:
    with Line(wire, SAYS, stops=True, certificate=certificate) as line:
        came = tried(wire, line, schema=False)
    if isinstance(came, Failed):
        assert came.trouble in (Trouble.DOWN, Trouble.GARBLED), came.message
    else:
        assert came.text in SAYS
        assert came.text != SAYS


@pytest.mark.promise("AN4")
@pytest.mark.parametrize("provider", [one.key for one in PROVIDERS.values() if one.extra])
def test_without_its_library_a_provider_says_what_to_install(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstline.agent.connections.building.installed", lambda _: False)
    with pytest.raises(NotInstalled, match=r"pip install 'firstline\[models\]'"):
        build(ConnectionSettings(provider=provider, model="any"), "key")
