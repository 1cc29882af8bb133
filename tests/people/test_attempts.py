"""Guessing passwords is slowed down."""

from datetime import timedelta

import pytest

from firstline.kit.clock import FixedClock
from firstline.kit.errors import TooMany
from firstline.people import attempts
from firstline.people.attempts import MOST, Attempts


@pytest.mark.promise("PM5")
def test_after_ten_wrong_passwords_an_address_waits_and_others_do_not(clock: FixedClock) -> None:
    tried = Attempts(clock)
    for _ in range(MOST):
        tried.check("ines@veloria.example")
        tried.failed("Ines@veloria.example ")
    with pytest.raises(TooMany, match="15 min"):
        tried.check("ines@veloria.example")
    tried.check("samira@veloria.example")
    clock.advance(timedelta(minutes=15))
    tried.check("ines@veloria.example")


def test_the_right_password_clears_the_count(clock: FixedClock) -> None:
    tried = Attempts(clock)
    for _ in range(MOST - 1):
        tried.failed("ines@veloria.example")
    tried.succeeded("ines@veloria.example")
    tried.failed("ines@veloria.example")
    tried.check("ines@veloria.example")


def test_a_flood_of_addresses_does_not_fill_the_memory(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED", 50)
    tried = Attempts(clock)
    for number in range(500):
        tried.failed(f"{number}@example.com")
    tried.check("499@example.com")
