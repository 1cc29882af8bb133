"""The command line, run in this process against the test's database."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firstline.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment without settings but a data folder, which is returned."""
    for name in [name for name in os.environ if name.startswith("FIRSTLINE_") and name != "FIRSTLINE_MODELS"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIRSTLINE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def firstline(anywhere: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs ``firstline …``."""
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["firstline", *arguments])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capfd.readouterr()
        return Ran(status, said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def with_database(firstline: Run, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``firstline …`` on the test's database."""
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", dsn)
    return firstline
