"""Workers that are born in a moment, for every test that kills some."""

from collections.abc import Iterator

import pytest

from tests.peers.nursery import Nursery


@pytest.fixture(scope="session")
def _one_nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def nursery(_one_nursery: Nursery) -> Iterator[Nursery]:
    """Where workers come from; none is left after the test."""
    yield _one_nursery
    _one_nursery.empty()
