"""Sign-in, sessions, API keys."""

from datetime import timedelta

import pytest

from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from firstline.people import commands, keys, queries, signin
from firstline.people.rules import Permission
from tests.world import PASSWORD, Shop


@pytest.mark.promise("PM5")
def test_the_right_password_opens_a_session_and_a_wrong_one_does_not(shop: Shop) -> None:
    token = shop.database.run(signin.sign_in, " Samira@Veloria.example ", PASSWORD)
    who = shop.database.run(signin.who, token)
    assert who is not None
    assert who.name == "Samira Bakri"
    for email, password in (("samira@veloria.example", "wrong"), ("nobody@veloria.example", PASSWORD), ("", "")):
        with pytest.raises(Unauthenticated, match="Email or password is wrong"):
            shop.database.run(signin.sign_in, email, password)


def test_a_session_ends_by_signing_out_by_time_and_with_the_teammate(shop: Shop, clock: FixedClock) -> None:
    tokens = [shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD) for _ in range(3)]
    shop.database.run(signin.sign_out, tokens[0])
    assert shop.database.run(signin.who, tokens[0]) is None
    clock.advance(timedelta(days=15))
    assert shop.database.run(signin.who, tokens[1]) is None
    fresh = shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)
    shop.database.run(commands.disable_teammate, shop.samira.id, by=shop.ines)
    assert shop.database.run(signin.who, fresh) is None


def test_a_new_password_ends_the_sessions_of_the_old(shop: Shop) -> None:
    token = shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)
    shop.database.run(commands.change_teammate, shop.samira.id, password="another long one", by=shop.samira)
    assert shop.database.run(signin.who, token) is None
    assert shop.database.run(signin.sign_in, "samira@veloria.example", "another long one")


@pytest.mark.parametrize("token", ["", "x", "\x00", "fl_" + "a" * 5000, "\ud800"])
def test_a_forged_token_is_nobodys(shop: Shop, token: str) -> None:
    assert shop.database.run(signin.who, token) is None
    with pytest.raises(Unauthenticated):
        shop.database.run(keys.who_by_key, token)


@pytest.mark.promise("PM5")
def test_a_key_can_only_what_its_scopes_and_its_teammate_can(shop: Shop) -> None:
    _, key = shop.database.run(keys.create_api_key, "Shop system", ["inbox"], by=shop.ines)
    actor = shop.database.run(keys.who_by_key, key)
    assert actor.id == shop.ines.id
    assert actor.may(Permission.USE_INBOX)
    assert not actor.may(Permission.MANAGE_CHANNELS)
    _, wide = shop.database.run(keys.create_api_key, "All", ["*"], by=shop.samira)
    assert not shop.database.run(keys.who_by_key, wide).may(Permission.MANAGE_CHANNELS)


def test_a_revoked_key_and_unknown_scopes_are_refused(shop: Shop) -> None:
    key_id, key = shop.database.run(keys.create_api_key, "Shop system", by=shop.ines)
    shop.database.run(keys.revoke_api_key, key_id, by=shop.ines)
    with pytest.raises(Unauthenticated, match="revoked"):
        shop.database.run(keys.who_by_key, key)
    with pytest.raises(Invalid, match="everything"):
        shop.database.run(keys.create_api_key, "x", ["everything"], by=shop.ines)


def test_somebody_elses_key_needs_the_permission(shop: Shop) -> None:
    key_id, _ = shop.database.run(keys.create_api_key, "Shop system", by=shop.ines)
    with pytest.raises(Forbidden):
        shop.database.run(keys.revoke_api_key, key_id, by=shop.samira)


def test_the_account_is_set_up_once(shop: Shop) -> None:
    with pytest.raises(Conflict, match="set up already"):
        shop.database.run(commands.set_up, email="second@veloria.example", password=PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("no address", PASSWORD, "email"), ("a@b.example", "short", "password"), ("a@b.example", "x" * 201, "password")],
)
def test_a_teammate_needs_an_address_and_a_long_password(shop: Shop, email: str, password: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        shop.database.run(commands.add_teammate, name="New", email=email, password=password, by=shop.ines)
    assert refused.value.field == field


@pytest.mark.promise("PM1")
def test_people_are_managed_only_with_the_permission(shop: Shop) -> None:
    with pytest.raises(Forbidden, match="Users and teams"):
        shop.database.run(commands.add_teammate, name="New", email="new@veloria.example", password=PASSWORD, by=shop.samira)
    with pytest.raises(Forbidden):
        shop.database.run(commands.set_available, shop.jonas.id, False, by=shop.samira)
    shop.database.run(commands.set_available, shop.samira.id, False, by=shop.samira)
    assert not shop.database.run(queries.teammate_of, shop.samira.id).available


def test_the_last_super_admin_stays(shop: Shop) -> None:
    with pytest.raises(Conflict, match="only super admin"):
        shop.database.run(commands.change_teammate, shop.ines.id, role="teammate", by=shop.ines)
    with pytest.raises(Conflict):
        shop.database.run(commands.disable_teammate, shop.ines.id, by=shop.ines)


def test_an_address_belongs_to_one_teammate_whatever_its_case(shop: Shop) -> None:
    with pytest.raises(Conflict, match="belongs to a teammate"):
        shop.database.run(commands.add_teammate, name="Copy", email="SAMIRA@veloria.example", password=PASSWORD, by=shop.ines)


def test_a_teammate_has_one_main_team(shop: Shop) -> None:
    shop.database.run(commands.join_team, shop.workshop, shop.samira.id, by=shop.ines)
    teams = {team.id: team for team in shop.database.run(queries.teams)}
    assert shop.samira.id in teams[shop.workshop].main_members
    assert shop.samira.id not in teams[shop.service].main_members
    with pytest.raises(NotFound):
        shop.database.run(commands.join_team, shop.workshop, "tmt_nobody", by=shop.ines)


@pytest.mark.promise("PM2")
def test_changing_the_agent_names_what_is_missing(shop: Shop) -> None:
    with pytest.raises(Forbidden, match="permission “Customer agent editor”\\. "):
        shop.samira.require_agent_editor()
    shop.database.run(commands.change_teammate, shop.ines.id, seat=False, by=shop.ines)
    with pytest.raises(Forbidden, match="needs an assigned seat"):
        shop.database.run(commands.actor_of, shop.ines.id).require_agent_editor()
    shop.database.run(commands.change_teammate, shop.samira.id, seat=False, by=shop.ines)
    with pytest.raises(Forbidden, match="and an assigned seat"):
        shop.database.run(commands.actor_of, shop.samira.id).require_agent_editor()
