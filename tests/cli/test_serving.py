"""``firstline serve`` as a process: what it prints, how it stops, what it leaves behind."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.sync.client import connect

from firstline.kit import locks
from firstline.kit.postgres import processes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("serving")]

PATIENCE = 60.0


class Serving:
    """A process that serves, and what it printed."""

    def __init__(self, data: Path, *options: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FIRSTLINE_")}
        if "FIRSTLINE_MODELS" in os.environ:
            environment["FIRSTLINE_MODELS"] = os.environ["FIRSTLINE_MODELS"]
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firstline", "serve", "--port", "0", "--data", str(data), *options],
            cwd=Path(__file__).parents[2],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.printed = ""

    def until_ready(self) -> "Serving":
        """Read until it says how to stop it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ctrl-C"):
                return self
        raise AssertionError(self.printed + self.rest())

    def rest(self) -> str:
        """What it says until its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def told(self, what: str) -> str:
        """The line of what was printed that begins so."""
        found = re.search(rf"^  {what} +(.+)$", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1]

    @property
    def url(self) -> str:
        return self.told("Console")

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop it as a terminal does, with its whole process group; returns its exit status."""
        os.killpg(self.process.pid, how)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def serving(data: Path, *options: str) -> Iterator[Serving]:
    """A process that serves while the block lasts."""
    one = Serving(data, *options)
    try:
        yield one.until_ready()
    finally:
        with contextlib.suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()
        for pipe in (one.process.stdout, one.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Serving:
    """A first start on a new folder, which was stopped again."""
    with serving(tmp_path_factory.mktemp("installation")) as one:
        key = one.told("API key").split()[0]
        listed = httpx.get(f"{one.url}/api/v1/teammates", headers={"Authorization": f"Bearer {key}"})
        assert [mate["email"] for mate in listed.json()["items"]] == [one.told("Sign in").split()[0]]
        assert one.stop() == 0
    return one


@pytest.fixture
def data(first: Serving) -> Iterator[Path]:
    """Its data folder; afterwards no PostgreSQL may be left."""
    yield first.data
    with locks.exclusively(first.data / "run" / "postgres.keeper", PATIENCE):
        assert processes.living_in(first.data / "postgres") == []


@pytest.mark.promise("OP1")
def test_the_first_start_prints_address_sign_in_and_a_key_that_works(first: Serving) -> None:
    email, _, password = first.told("Sign in").split()
    assert email == "owner@example.com"
    assert len(password) >= 10
    assert processes.living_in(first.data / "postgres") == []


def test_the_second_start_shows_no_secret_and_stops_at_once_though_sockets_are_open(data: Path, first: Serving) -> None:
    email, _, password = first.told("Sign in").split()
    with serving(data) as one, httpx.Client(base_url=one.url) as browser:
        assert "API key" not in one.printed
        assert "password" not in one.printed
        signed_in = browser.post("/sign-in", data={"email": email, "password": password}, headers={"Origin": one.url})
        assert signed_in.status_code == 303
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        live = connect(one.url.replace("http", "ws") + "/live", additional_headers={"Cookie": cookie})
        assert one.stop() == 0
        with pytest.raises(ConnectionClosed) as closed:
            live.recv()
        assert closed.value.rcvd is not None, "it hung up in order, and did not wait until it was ended"
        assert closed.value.rcvd.code in (CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART)


def test_a_second_signal_ends_it_where_it_stands(data: Path) -> None:
    with serving(data) as one:
        os.kill(one.process.pid, signal.SIGSTOP)
        os.kill(one.process.pid, signal.SIGINT)
        os.kill(one.process.pid, signal.SIGTERM)
        os.kill(one.process.pid, signal.SIGCONT)
        assert one.process.wait(PATIENCE) in (130, 143)


def test_a_thread_that_computes_for_ever_does_not_hold_it_up() -> None:
    busy = (
        "import threading; from firstline.cli import process; process.ENOUGH = 0.1\n"
        "with process.stopping(lambda: None, lambda: print('closed', flush=True)):\n"
        "    print('ready', flush=True); threading.Event().wait()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "closed\n"
        assert process.wait(PATIENCE) == 0


@pytest.mark.promise("OP1")
def test_it_starts_again_after_it_was_killed_and_has_the_folder_for_itself(data: Path) -> None:
    with serving(data) as killed:
        killed.process.kill()
        killed.process.wait()
    with serving(data) as one:
        assert httpx.get(f"{one.url}/readyz").json()["status"] == "ready"
        other = Serving(data)
        said = other.rest()
        assert other.process.wait() == 1
        assert f"Process {one.process.pid} ({one.url}) serves from {data} already." in said
        assert one.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_named_with_another_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [sys.executable, "-m", "firstline", "serve", "--port", str(port), "--data", str(tmp_path / "data")],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} is taken by another program. Choose another one: --port {port + 1}\n"
    assert not (tmp_path / "data").exists()
