"""Deeds on teammates, roles, sign-in and keys."""

from datetime import timedelta
from typing import Any

import pyotp
from sqlalchemy import select

from firstline.kit.database import Tx
from firstline.people import commands as people
from firstline.people import invitations, keys, roles, second_factor, sign_on, signin
from firstline.people.availability import commands as availability
from firstline.people.tables import session
from tests.permissions.scene import Deed, Given, Scene, given
from tests.routing.company import OFFICE
from tests.world import KEYRING, PASSWORD

BASE = "https://desk.example"
MATE: dict[str, Any] = {"name": "Tom Adler", "email": "tom@veloria.example", "password": PASSWORD}
PROVIDER: dict[str, Any] = {"label": "Company", "issuer": "https://id.example", "client_id": "firstline", "client_secret": "s"}


def _mate(tx: Tx, scene: Scene) -> str:
    return people.add_teammate(tx, by=scene.by, **MATE)


def _gone(tx: Tx, scene: Scene) -> Given:
    mate = _mate(tx, scene)
    people.disable_teammate(tx, mate, by=scene.by)
    return given(mate)


def _invited(tx: Tx, scene: Scene) -> str:
    invitations.invite(tx, KEYRING, BASE, email="tom@veloria.example", by=scene.by)
    return str(invitations.open_invitations(tx)[0].id)


def _role(tx: Tx, scene: Scene) -> str:
    return roles.create_role(tx, "Front desk", ["inbox.use"], by=scene.by)


def _begun(tx: Tx, scene: Scene) -> Given:
    secret = second_factor.begin(tx, KEYRING, by=scene.by)
    return given(KEYRING, pyotp.TOTP(secret).at(tx.now))


def _with_factor(tx: Tx, scene: Scene) -> None:
    second_factor.confirm(tx, *_begun(tx, scene).args, by=scene.by)


def _factor(tx: Tx, scene: Scene, *args: Any) -> Given:
    _with_factor(tx, scene)
    return given(*args)


def _sign_on(tx: Tx, scene: Scene) -> Given:
    sign_on.configure(tx, KEYRING, by=scene.by, **PROVIDER)
    return given(KEYRING)


def _session(tx: Tx, scene: Scene) -> Given:
    signin.open_session(tx, scene.samira)
    return given(tx.scalar(select(session.c.id).where(session.c.teammate_id == scene.samira)))


def _absent(tx: Tx, scene: Scene) -> Given:
    availability.leave(tx, scene.samira, None, tx.now + timedelta(days=1), by=scene.by)
    return given(scene.samira)


DEEDS: dict[str, Deed] = {
    "people.availability.commands.come_back": _absent,
    "people.availability.commands.leave": lambda tx, s: given(s.samira, None, tx.now + timedelta(days=1)),
    "people.availability.commands.set_business_hours": lambda tx, s: given(OFFICE),
    "people.availability.commands.set_working_hours": lambda tx, s: given(s.samira, OFFICE),
    "people.commands.add_team": lambda tx, s: given("Night team"),
    "people.commands.add_teammate": lambda tx, s: given(**MATE),
    "people.commands.change_account": lambda tx, s: given(name="Veloria Bikes"),
    "people.commands.change_teammate": lambda tx, s: given(s.samira, role="manager"),
    "people.commands.disable_teammate": lambda tx, s: given(_mate(tx, s)),
    "people.commands.join_team": lambda tx, s: given(s.shop.workshop, s.samira, main=False),
    "people.commands.leave_team": lambda tx, s: given(s.shop.service, s.samira),
    "people.commands.reactivate_teammate": _gone,
    "people.commands.set_available": lambda tx, s: given(s.samira, False),
    "people.invitations.invite": lambda tx, s: given(KEYRING, BASE, email="tom@veloria.example"),
    "people.invitations.link_of": lambda tx, s: given(KEYRING, BASE, _invited(tx, s)),
    "people.invitations.revoke": lambda tx, s: given(_invited(tx, s)),
    "people.invitations.send_again": lambda tx, s: given(KEYRING, BASE, _invited(tx, s)),
    "people.keys.create_api_key": lambda tx, s: given("Shop system"),
    "people.keys.revoke_api_key": lambda tx, s: given(keys.create_api_key(tx, "Shop system", by=s.by)[0]),
    "people.resets.link_for": lambda tx, s: given(BASE, s.samira),
    "people.roles.change_role": lambda tx, s: given(_role(tx, s), permissions=["inbox.use", "contacts.edit"]),
    "people.roles.create_role": lambda tx, s: given("Front desk", ["inbox.use"]),
    "people.roles.delete_role": lambda tx, s: given(_role(tx, s)),
    "people.seats.set_seat_limit": lambda tx, s: given(9),
    "people.second_factor.confirm": _begun,
    "people.second_factor.demand": lambda tx, s: _factor(tx, s, True),
    "people.second_factor.renew_codes": _factor,
    "people.second_factor.turn_off": lambda tx, s: _factor(tx, s, s.by.id),
    "people.sign_on.configure": lambda tx, s: given(KEYRING, **PROVIDER),
    "people.sign_on.remove": _sign_on,
    "people.signin.end_session": _session,
    "people.signin.sign_out_everywhere": lambda tx, s: given(s.samira),
}
