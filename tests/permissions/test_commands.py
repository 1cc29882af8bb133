"""Role × command: whoever lacks what a command takes is refused by name, whoever has it is not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from firstline.agent import commands as agents
from firstline.agent.actions.tables import action, action_call
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, NotFound
from firstline.people import keys, signin
from firstline.people.rules import ALL, PERMISSION_NAMES, ROLES, Actor, ActorKind, Permission
from tests.permissions import commands
from tests.world import Shop

TABLE = commands.table()
WORDS = ("editor", "workspace", "anybody", "inner")
SOMEBODY = Actor(ActorKind.TEAMMATE, "tmt_somebody", "Somebody", ALL, seat=True)


def refusal(tx: Tx, name: str, by: Actor, **known: str) -> str | None:
    """What a command refuses for lack of permission or sight, None if it goes on, however it ends then."""
    step = tx.connection.begin_nested()
    try:
        commands.call(name, tx, by, **known)
    except (Forbidden, NotFound) as refused:
        return refused.message if isinstance(refused, Forbidden) or "cnv_" in refused.message else None
    except Exception:  # the arguments mean nothing: how it fails after the permission was checked does not matter
        return None
    finally:
        step.rollback()
    return None


@pytest.mark.promise("PM1")
def test_every_command_is_in_the_table() -> None:
    found = set(commands.found())
    missing, gone = sorted(found - TABLE.keys()), sorted(TABLE.keys() - found)
    assert not missing, f"Say in {commands.TABLE.name} what these commands take (its head explains how): {', '.join(missing)}"
    assert not gone, f"Remove these from {commands.TABLE.name}, they are no commands any more: {', '.join(gone)}"


@pytest.mark.promise("PM1")
def test_the_table_says_only_what_there_is() -> None:
    wrong = {name: what for name, what in TABLE.items() if what.removeprefix("own or ") not in (*WORDS, *ALL)}
    assert not wrong, f"Neither a permission nor one of {', '.join(WORDS)}: {wrong}"


def _plain() -> Iterator[tuple[str, Permission]]:
    for name, what in TABLE.items():
        if what not in WORDS:
            yield name, Permission(what.removeprefix("own or "))


@pytest.mark.promise("PM1")
def test_a_command_that_takes_a_permission_refuses_by_its_name_whoever_lacks_it_and_nobody_else(shop: Shop) -> None:
    key, _ = shop.database.run(keys.create_api_key, "Of Ines", by=shop.ines)
    token = shop.database.run(signin.open_session, shop.samira.id)
    session_id = shop.database.run(signin.look, token).session_id
    ids = {"key_id": key, "teammate_id": shop.samira.id, "session_id": session_id}

    def wrong(tx: Tx) -> list[str]:
        found = []
        for name, permission in _plain():
            said = refusal(tx, name, replace(SOMEBODY, permissions=ALL - {permission}), **ids)
            if said is None or PERMISSION_NAMES[permission] not in said:
                found.append(f"{name} without {permission.value}: {said or 'not refused'}")
            for role, allowed in ROLES.items():
                refused = refusal(tx, name, replace(SOMEBODY, permissions=allowed), **ids)
                if (permission in allowed) and refused and PERMISSION_NAMES[permission] in refused:
                    found.append(f"{name} as {role}: refused although allowed")
                if permission not in allowed and refused is None:
                    found.append(f"{name} as {role}: not refused")
        return found

    assert shop.database.run(wrong) == []


@pytest.mark.promise("PM2")
def test_changing_the_agent_takes_permission_and_seat_and_says_which_is_missing(shop: Shop) -> None:
    cases = {
        ("permission",): replace(SOMEBODY, permissions=ALL - {Permission.EDIT_AGENT}),
        ("seat",): replace(SOMEBODY, seat=False),
        ("permission", "seat"): replace(SOMEBODY, permissions=frozenset(), seat=False),
    }
    words = {"permission": "Customer agent editor", "seat": "an assigned seat"}

    def wrong(tx: Tx) -> list[str]:
        found = []
        for name in (name for name, what in TABLE.items() if what == "editor"):
            for missing, by in cases.items():
                said = refusal(tx, name, by)
                named = tuple(word for word, phrase in words.items() if said and phrase in said)
                if named != missing:
                    found.append(f"{name} without {' and '.join(missing)}: {said or 'not refused'}")
        return found

    assert shop.database.run(wrong) == []


@pytest.mark.promise("PM1")
def test_a_command_on_a_conversation_takes_the_permission_of_its_workspace_and_the_right_to_see_it(shop: Shop) -> None:
    heard = shop.hears("Hello").conversation_id
    only_help_desk = replace(SOMEBODY, permissions=ALL - {Permission.USE_INBOX})
    own_team = replace(SOMEBODY, permissions=ALL - {Permission.SEE_ALL})

    def wrong(tx: Tx) -> list[str]:
        failed = update(entry).where(entry.c.conversation_id == heard).values(direction="out", delivery="failed")
        entry_id = str(tx.execute(failed.returning(entry.c.id)).scalars().first())
        ids = {"conversation_id": heard, "entry_id": entry_id, "message_id": entry_id, "call_id": _a_call(tx, heard)}
        names = [name for name, what in TABLE.items() if what == "workspace"]
        touched = [name for name in names if f"no conversation {heard}" not in str(refusal(tx, name, own_team, **ids))]
        return [*(name for name in names if refusal(tx, name, only_help_desk, **ids) is None), *touched]

    assert shop.database.run(wrong) == []


def _a_call(tx: Tx, conversation_id: str) -> str:
    """A call of an action that waits for approval."""
    velo = agents.create(tx, {"name": "Velo"}, by=Actor.system())
    tx.execute(insert(action).values(id="act_1", agent_id=velo, name="refund", created_at=tx.now, changed_at=tx.now))
    waiting = {"conversation_id": conversation_id, "contact_id": "con_1", "epoch": 1, "state": "approving", "started_at": tx.now}
    tx.execute(insert(action_call).values(id="acl_1", action_id="act_1", **waiting))
    return "acl_1"
