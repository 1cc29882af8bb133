"""Memory that the C library sets aside."""

import gc
import subprocess
import sys

import pytest

from firstline.kit import memory

USED = """
import threading, firstline.kit.memory as memory
print(memory.few_pools())
threads = [threading.Thread(target=lambda: [bytearray(90_000) for _ in range(50)]) for _ in range(12)]
[one.start() for one in threads]; [one.join() for one in threads]
print(memory.give_back() in (True, False))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc")
def test_pools_are_few_unless_the_operator_chose() -> None:
    plain = {"PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}
    for chosen, took in (({}, "True"), ({"MALLOC_ARENA_MAX": "8"}, "False")):
        ran = subprocess.run([sys.executable, "-c", USED], env=plain | chosen, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == [took, "True"]


def test_where_there_is_no_such_library_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not memory.few_pools()
    assert not memory.give_back()


def test_what_is_imported_is_not_looked_through_for_garbage_and_what_comes_later_is() -> None:
    before = gc.get_freeze_count()
    try:
        with memory.nothing_to_collect():
            assert not gc.isenabled()
            made: list[list[int]] = [[] for _ in range(1_000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(made)
    finally:
        gc.unfreeze()
    with pytest.raises(ImportError), memory.nothing_to_collect():
        raise ImportError
    assert gc.isenabled(), "also when the import fails"
    gc.unfreeze()
