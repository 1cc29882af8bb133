"""The second factor: codes once, recovery codes once, nothing in between."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Forbidden, Invalid, Unauthenticated
from firstline.people import commands, second_factor, signin
from firstline.people.signin import Standing
from firstline.people.tables import recovery_code, teammate
from tests.world import KEYRING, PASSWORD, Shop


class Phone:
    """Samira's authenticator app."""

    def __init__(self, shop: Shop, clock: FixedClock) -> None:
        self.shop, self.clock = shop, clock
        self.session = self.sign_in()
        self.secret = shop.database.run(second_factor.begin, KEYRING, by=shop.samira)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now() + timedelta(seconds=30 * steps))

    def sign_in(self) -> str:
        return self.shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)

    def turn_on(self) -> list[str]:
        id_ = self.shop.database.run(signin.look, self.session).session_id
        return self.shop.database.run(second_factor.confirm, KEYRING, self.code(), session_id=id_, by=self.shop.samira)

    def enter(self, token: str, code: str) -> str:
        return self.shop.database.run(second_factor.pass_door, KEYRING, token, code)


@pytest.fixture
def phone(shop: Shop, clock: FixedClock) -> Phone:
    """An app that has the secret; the factor is not on yet."""
    return Phone(shop, clock)


def _standing(shop: Shop, token: str) -> Standing:
    return shop.database.run(signin.look, token).standing


@pytest.mark.promise("PM5")
def test_with_a_second_factor_the_password_alone_opens_nothing(shop: Shop, phone: Phone, clock: FixedClock) -> None:
    other = phone.sign_in()
    assert len(phone.turn_on()) == 10
    assert shop.database.run(signin.who, phone.session) is not None
    assert shop.database.run(signin.who, other) is None
    token = phone.sign_in()
    assert _standing(shop, token) is Standing.SECOND_FACTOR
    assert shop.database.run(signin.who, token) is None
    clock.advance(timedelta(seconds=30))
    opened = phone.enter(token, phone.code())
    assert opened != token
    assert shop.database.run(signin.who, opened) is not None
    assert _standing(shop, token) is Standing.NOBODY


@pytest.mark.promise("PM5")
def test_a_code_works_once_and_only_in_its_time(shop: Shop, phone: Phone, clock: FixedClock) -> None:
    phone.turn_on()
    for wrong in (phone.code(), phone.code(3), phone.code(-2), "", "12345", "abcdef", "١٢٣٤٥٦", "0" * 5000):
        with pytest.raises(Invalid, match="code"):
            phone.enter(phone.sign_in(), wrong)
    clock.advance(timedelta(seconds=60))
    code = phone.code()
    phone.enter(phone.sign_in(), f" {code[:3]} {code[3:]} ")
    with pytest.raises(Invalid, match="used already"):
        phone.enter(phone.sign_in(), code)


@pytest.mark.promise("PM5")
def test_a_recovery_code_works_once_and_is_kept_as_a_hash(shop: Shop, phone: Phone) -> None:
    codes = phone.turn_on()
    kept = shop.database.run(lambda tx: tx.rows(select(recovery_code)))
    assert not any(codes[0].encode() in bytes(row.code_hash) for row in kept)
    assert phone.enter(phone.sign_in(), codes[0].upper())
    with pytest.raises(Invalid):
        phone.enter(phone.sign_in(), codes[0])
    assert shop.database.run(second_factor.codes_left, shop.samira.id) == 9
    fresh = shop.database.run(second_factor.renew_codes, by=shop.samira)
    with pytest.raises(Invalid):
        phone.enter(phone.sign_in(), codes[1])
    assert phone.enter(phone.sign_in(), fresh[1])


def test_the_door_stays_open_for_the_code_ten_minutes_only(shop: Shop, phone: Phone, clock: FixedClock) -> None:
    phone.turn_on()
    token = phone.sign_in()
    clock.advance(timedelta(minutes=11))
    with pytest.raises(Unauthenticated, match="password first"):
        phone.enter(token, phone.code())
    with pytest.raises(Unauthenticated):
        phone.enter("forged", phone.code())


def test_a_wrong_code_turns_nothing_on(shop: Shop, phone: Phone) -> None:
    with pytest.raises(Invalid, match="clock of your phone"):
        shop.database.run(second_factor.confirm, KEYRING, "000000", by=shop.samira)
    assert _standing(shop, phone.sign_in()) is Standing.IN
    assert shop.database.run(second_factor.begin, KEYRING, by=shop.samira) == phone.secret


@pytest.mark.promise("PM5")
def test_the_secret_is_encrypted_and_the_qr_code_is_svg(shop: Shop, phone: Phone) -> None:
    sealed = shop.database.run(lambda tx: tx.scalar(select(teammate.c.totp_secret).where(teammate.c.id == shop.samira.id)))
    assert phone.secret.encode() not in bytes(sealed)
    address = second_factor.address_for(phone.secret, "samira@veloria.example", "Veloria")
    assert address.startswith("otpauth://totp/Firstline%20Veloria:samira")
    assert second_factor.drawn(address).startswith("<svg")


@pytest.mark.promise("PM5")
def test_an_account_that_demands_it_lets_nobody_further_without(shop: Shop, phone: Phone) -> None:
    with pytest.raises(Conflict, match="your own second factor first"):
        shop.database.run(second_factor.demand, True, by=shop.ines)
    secret = shop.database.run(second_factor.begin, KEYRING, by=shop.ines)
    now = shop.database.clock.now()
    shop.database.run(second_factor.confirm, KEYRING, pyotp.TOTP(secret).at(now), by=shop.ines)
    shop.database.run(second_factor.demand, True, by=shop.ines)
    assert _standing(shop, phone.session) is Standing.ENROL
    assert shop.database.run(signin.who, phone.session) is None
    phone.turn_on()
    assert _standing(shop, phone.session) is Standing.IN
    with pytest.raises(Conflict, match="demands"):
        shop.database.run(second_factor.turn_off, shop.samira.id, by=shop.samira)


@pytest.mark.promise("PM5")
def test_somebody_who_lost_the_phone_is_helped_by_whoever_may_and_nobody_else(shop: Shop, phone: Phone) -> None:
    phone.turn_on()
    with pytest.raises(Forbidden):
        shop.database.run(second_factor.turn_off, shop.samira.id, by=shop.jonas)
    shop.database.run(commands.change_teammate, shop.jonas.id, role="manager", by=shop.ines)
    jonas = shop.database.run(commands.actor_of, shop.jonas.id)
    with pytest.raises(Forbidden, match="may more than you"):
        shop.database.run(second_factor.turn_off, shop.ines.id, by=jonas)
    shop.database.run(second_factor.turn_off, shop.samira.id, by=jonas)
    assert shop.database.run(signin.who, phone.session) is None
    assert _standing(shop, phone.sign_in()) is Standing.IN
