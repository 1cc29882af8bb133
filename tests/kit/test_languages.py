"""The language model: read once, whoever asks for it, and by how many threads."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

from firstline.kit import languages


@pytest.fixture
def unread() -> Iterator[None]:
    """Nothing was read yet."""
    languages._read.cache_clear()
    languages.known_languages.cache_clear()
    yield
    languages._read.cache_clear()


@pytest.mark.usefixtures("unread")
def test_threads_that_ask_at_the_same_time_wait_for_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    real, readings, all_there = LanguageIdentifier.from_model_file, [], threading.Barrier(4, timeout=30)

    def counted(*given: object, **more: object) -> object:
        readings.append(given)
        return real(*given, **more)

    def ask() -> frozenset[str]:
        all_there.wait()
        return languages.known_languages()

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", counted)
    with ThreadPoolExecutor(4) as threads:
        found = [asked.result() for asked in [threads.submit(ask) for _ in range(4)]]
    assert len(readings) == 1
    assert all({"en", "de", "es"} <= one for one in found)
