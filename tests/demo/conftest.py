"""The demo company, read once."""

import shutil
from pathlib import Path

import pytest

from firstline.demo.world import FOLDER, World, read_world


@pytest.fixture(scope="session")
def world() -> World:
    """The demo company as it is shipped."""
    return read_world()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of its files that a test may spoil."""
    for path in FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    shutil.copytree(FOLDER / "help_centre", tmp_path / "help_centre")
    return tmp_path
