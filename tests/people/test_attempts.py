"""Guessing passwords, codes and links is slowed down, for all processes together."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.errors import TooMany
from firstline.people import attempts, resets, signin
from firstline.people.attempts import MOST, MOST_FROM, MOST_SPREAD, What, network
from firstline.people.tables import attempt
from tests.people.rest import client_over
from tests.world import PASSWORD, Shop

INES, SAMIRA = "ines@veloria.example", "samira@veloria.example"


def _tries(database: Database, count: int, name: str = INES, address: str = "", what: What = "password") -> None:
    for _ in range(count):
        database.run(attempts.begin, what, name, address)


@pytest.mark.promise("PM5")
def test_after_ten_wrong_passwords_an_account_waits_and_others_do_not(shop: Shop, clock: FixedClock) -> None:
    _tries(shop.database, MOST["password"], " Ines@veloria.example")
    clock.advance(timedelta(minutes=4))
    with pytest.raises(TooMany, match=r"this email address\. Try again in 11 min\.") as refused:
        _tries(shop.database, 1)
    assert refused.value.after == 660
    _tries(shop.database, 1, SAMIRA)
    clock.advance(timedelta(minutes=11))
    _tries(shop.database, MOST["password"])


@pytest.mark.promise("PM5")
@pytest.mark.parametrize("what", ["password", "code", "reset"])
def test_a_network_that_tries_one_account_after_the_other_waits_and_other_networks_do_not(shop: Shop, what: What) -> None:
    for number in range(MOST_FROM[what]):
        _tries(shop.database, 1, f"{number}@example.com", f"2001:db8:1:2::{number:x}", what)
    with pytest.raises(TooMany, match="from your network"):
        _tries(shop.database, 1, SAMIRA, "2001:db8:1:2:ffff::1", what)
    _tries(shop.database, MOST[what], SAMIRA, "2001:db8:1:3::1", what)


@pytest.mark.promise("PM5")
def test_the_right_password_clears_the_account_and_gives_the_network_its_try_back(shop: Shop) -> None:
    for number in range(MOST_FROM["password"] * 2):
        shop.database.run(attempts.begin, "password", f"{number % 7}@example.com", "192.0.2.1")
        shop.database.run(attempts.succeeded, "password", f"{number % 7}@example.com", "192.0.2.1")
    _tries(shop.database, MOST["password"], INES, "192.0.2.1")


@pytest.mark.promise("PM5")
def test_many_at_once_on_two_processes_get_no_more_tries_than_one_after_the_other(shop: Shop, dsn: str) -> None:
    other = Database(dsn, shop.database.clock, threads=4)

    def guess(number: int) -> bool:
        try:
            (shop.database, other)[number % 2].run(attempts.begin, "password", INES, f"192.0.2.{number}")
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(guess, range(40)))
    other.close()
    assert allowed == MOST_SPREAD["password"]


HOME, ABROAD = "192.0.2.1", "198.51.100.7"


@pytest.mark.promise("PM5")
def test_whoever_guesses_from_elsewhere_does_not_lock_the_owner_out(shop: Shop) -> None:
    _tries(shop.database, 1, INES, HOME)
    shop.database.run(attempts.succeeded, "password", INES, HOME)
    _tries(shop.database, MOST["password"], INES, ABROAD)
    for number in range(MOST_SPREAD["password"]):
        with contextlib.suppress(TooMany):
            _tries(shop.database, 1, INES, f"203.0.113.{number}")
    for stranger in (ABROAD, "203.0.113.200"):
        with pytest.raises(TooMany, match="this email address"):
            _tries(shop.database, 1, INES, stranger)
    _tries(shop.database, MOST["password"], INES, HOME)
    with pytest.raises(TooMany):
        _tries(shop.database, 1, INES, HOME)


@pytest.mark.promise("PM5")
@pytest.mark.parametrize("what", ["password", "code", "reset"])
def test_guessing_from_many_networks_gets_no_more_than_the_count_of_the_account(shop: Shop, what: What) -> None:
    allowed = 0
    for number in range(60):
        with contextlib.suppress(TooMany):
            _tries(shop.database, 1, INES, f"203.0.113.{number}", what)
            allowed += 1
    assert allowed == MOST_SPREAD[what]


@pytest.mark.promise("PM5")
def test_a_network_known_by_password_alone_gets_no_more_tries_for_the_code(shop: Shop) -> None:
    for number in range(MOST_SPREAD["code"]):
        stranger = f"203.0.113.{number}"
        shop.database.run(attempts.succeeded, "password", INES, stranger)
        _tries(shop.database, 1, INES, stranger, "code")
    with pytest.raises(TooMany, match="wrong codes for this account"):
        _tries(shop.database, 1, INES, "203.0.113.1", "code")


@pytest.mark.promise("PM5")
def test_a_network_is_known_for_ninety_days_and_to_that_account_alone(shop: Shop, clock: FixedClock) -> None:
    shop.database.run(attempts.succeeded, "password", INES, HOME)
    clock.advance(timedelta(days=89))
    shop.database.run(attempts.forget_old)
    for name, is_known in ((INES, True), (SAMIRA, False)):
        for number in range(MOST_SPREAD["password"]):
            _tries(shop.database, 1, name, f"203.0.{number}.1")
        if is_known:
            _tries(shop.database, 1, name, HOME)
        else:
            with pytest.raises(TooMany):
                _tries(shop.database, 1, name, HOME)
    clock.advance(timedelta(days=2))
    assert shop.database.run(attempts.forget_old) > 0
    assert shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(attempt))) == 0


@pytest.mark.promise("PM5")
@pytest.mark.parametrize("networks", [1, 10])
def test_a_new_password_by_mail_opens_an_account_that_somebody_closed_by_guessing(shop: Shop, networks: int) -> None:
    for number in range(MOST["password"]):
        _tries(shop.database, 1, INES, f"203.0.113.{number % networks}")
    link = shop.database.run(resets.link_for, "https://desk.example", shop.ines.id, by=shop.ines)
    shop.database.run(resets.reset, link.rpartition("/")[2], "a brand new password")
    _tries(shop.database, MOST["password"], INES, "203.0.113.0")


def test_what_was_typed_is_not_kept_and_what_is_over_is_forgotten(shop: Shop, clock: FixedClock) -> None:
    _tries(shop.database, 1, "x" * 100_000 + "\x00\ud800", "not an address")
    keys = shop.database.run(lambda tx: tx.rows(select(func.length(attempt.c.of))))
    assert [row[0] for row in keys] == [32, 32, 32]
    assert shop.database.run(attempts.forget_old) == 0
    clock.advance(timedelta(minutes=16))
    assert shop.database.run(attempts.forget_old) == 3


def test_an_ipv6_subscriber_is_one_network() -> None:
    assert network("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network("::ffff:192.0.2.7") == network("192.0.2.7") == "192.0.2.7"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("testclient") == "testclient"


@pytest.mark.promise("PM5")
def test_the_door_says_when_to_come_back_in_words_and_in_the_header_whichever_process_is_asked(
    shop: Shop, clock: FixedClock
) -> None:
    one, other = client_over(shop), client_over(shop)
    wrong, right = ({"email": SAMIRA, "password": word} for word in ("wrong horse battery", PASSWORD))
    assert [client.post("/sign-in", data=wrong).status_code for client in (one, other) * 5] == [401] * 10
    for client in (one, other):
        page = client.post("/sign-in", data=right)
        assert (page.status_code, page.headers["retry-after"]) == (429, "900")
        assert "Try again in 15 min." in page.text
        assert signin.COOKIE not in client.cookies
    asked = [other.post("/forgot-password", data={"email": SAMIRA}) for _ in range(MOST["reset"] + 1)]
    assert [page.status_code for page in asked] == [200] * MOST["reset"] + [429]
    assert int(asked[-1].headers["retry-after"]) == 900
    clock.advance(timedelta(minutes=15))
    assert one.post("/sign-in", data=right, follow_redirects=False).status_code == 303
