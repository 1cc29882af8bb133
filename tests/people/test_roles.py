"""Roles of one's own, and who may give what to whom."""

import pytest

from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound
from firstline.people import commands, keys, roles
from firstline.people.rules import ALL, PERMISSION_HINTS, PERMISSION_NAMES, Actor, Permission
from tests.world import PASSWORD, Shop


def _manager(shop: Shop) -> Actor:
    shop.database.run(commands.change_teammate, shop.samira.id, role="manager", by=shop.ines)
    return shop.database.run(commands.actor_of, shop.samira.id)


@pytest.mark.promise("PM1")
def test_every_permission_has_a_name_and_a_sentence() -> None:
    assert set(PERMISSION_NAMES) == set(PERMISSION_HINTS) == ALL


@pytest.mark.promise("PM1")
def test_a_role_of_ones_own_allows_what_it_lists_from_the_next_request(shop: Shop) -> None:
    made = shop.database.run(roles.create_role, " Front  desk ", ["inbox.use"], by=shop.ines)
    shop.database.run(commands.change_teammate, shop.samira.id, role=made, by=shop.ines)
    assert shop.database.run(commands.actor_of, shop.samira.id).permissions == {Permission.USE_INBOX}
    shop.database.run(roles.change_role, made, permissions=["inbox.use", "contacts.edit"], by=shop.ines)
    assert shop.database.run(commands.actor_of, shop.samira.id).may(Permission.EDIT_CONTACTS)
    assert shop.database.run(roles.role_of, made).name == "Front desk"
    with pytest.raises(Conflict, match="Samira Bakri still has"):
        shop.database.run(roles.delete_role, made, by=shop.ines)
    shop.database.run(commands.change_teammate, shop.samira.id, role="teammate", by=shop.ines)
    shop.database.run(roles.delete_role, made, by=shop.ines)
    with pytest.raises(NotFound):
        shop.database.run(roles.role_of, made)


@pytest.mark.parametrize(
    ("name", "permissions", "error"),
    [
        ("", ["inbox.use"], Invalid),
        ("x" * 61, ["inbox.use"], Invalid),
        ("Teammate", ["inbox.use"], Conflict),
        ("Front desk", [], Invalid),
        ("Front desk", ["inbox.use", "everything"], Invalid),
    ],
)
def test_a_role_that_cannot_be_right_is_refused(shop: Shop, name: str, permissions: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        shop.database.run(roles.create_role, name, permissions, by=shop.ines)


def test_built_in_roles_stay_as_they_are(shop: Shop) -> None:
    with pytest.raises(Conflict, match="built in"):
        shop.database.run(roles.change_role, "manager", permissions=["inbox.use"], by=shop.ines)


@pytest.mark.promise("PM1")
def test_nobody_gives_more_than_they_have(shop: Shop) -> None:
    manager = _manager(shop)
    with pytest.raises(Forbidden, match="You cannot give what you do not have"):
        shop.database.run(commands.change_teammate, shop.jonas.id, role="super_admin", by=manager)
    with pytest.raises(Forbidden, match="Billing"):
        shop.database.run(
            commands.add_teammate, name="X", email="x@veloria.example", password=PASSWORD, role="super_admin", by=manager
        )
    shop.database.run(commands.change_teammate, shop.jonas.id, role="manager", by=manager)


def test_nobody_gets_at_the_account_of_somebody_who_may_more(shop: Shop) -> None:
    manager = _manager(shop)
    with pytest.raises(Forbidden, match="may more than you"):
        shop.database.run(commands.change_teammate, shop.ines.id, password="a long password", by=manager)
    with pytest.raises(Forbidden, match="may more than you"):
        shop.database.run(commands.disable_teammate, shop.ines.id, by=manager)


@pytest.mark.promise("PM5")
def test_a_key_makes_no_wider_key_and_changes_no_password(shop: Shop) -> None:
    _, narrow = shop.database.run(keys.create_api_key, "Shop system", ["inbox"], by=shop.ines)
    by = shop.database.run(keys.who_by_key, narrow)
    with pytest.raises(Forbidden, match="limited to less"):
        shop.database.run(keys.create_api_key, "Wider", ["*"], by=by)
    with pytest.raises(Forbidden):
        shop.database.run(commands.change_teammate, shop.ines.id, password="a long password", by=by)
    shop.database.run(keys.create_api_key, "Same", ["inbox"], by=by)
