"""Who may see which conversations: by workspace, and by team."""

import asyncio

import pytest
from sqlalchemy import update

from firstline.conversations import ownership, queries
from firstline.conversations.rules import Owner, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.database import Event, Tx
from firstline.kit.errors import NotFound
from firstline.live.sight import Sight
from firstline.people import commands as people
from firstline.people import roles
from firstline.people.rules import Actor
from tests.conftest import NOW
from tests.world import Shop


def _limited(shop: Shop, who: Actor, *permissions: str) -> Actor:
    made = shop.database.run(roles.create_role, f"Role of {who.name}", permissions, by=shop.ines)
    shop.database.run(people.change_teammate, who.id, role=made, by=shop.ines)
    return shop.database.run(people.actor_of, who.id)


def _ids(shop: Shop, viewer: Actor, words: str = "") -> set[str]:
    return {line.conversation.id for line in shop.database.run(queries.lines, viewer, words=words)}


def _set(tx: Tx, conversation_id: str, /, **values: str) -> None:
    tx.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


def _live(shop: Shop, viewer: Actor, subject: str) -> bool:
    event = Event(1, "message.received", subject, {}, NOW)
    return bool(asyncio.run(Sight(shop.database, viewer).of([event])))


@pytest.mark.promise("PM1")
def test_a_conversation_of_another_workspace_is_not_there_in_lists_search_counts_pages_and_live(shop: Shop) -> None:
    inbox = shop.hears("The brake squeaks").conversation_id
    ticket = shop.hears("The brake is broken", visitor="paul").conversation_id
    shop.database.run(
        lambda tx: tx.execute(update(conversation).where(conversation.c.id == ticket).values(workspace="help_desk"))
    )
    for allowed, seen, hidden in (("inbox.use", inbox, ticket), ("help_desk.use", ticket, inbox)):
        viewer = _limited(shop, shop.samira, allowed, "conversations.all")
        assert _ids(shop, viewer) == _ids(shop, viewer, "brake") == {seen}
        assert shop.database.run(queries.counts, viewer)["unassigned"] == 1
        with pytest.raises(NotFound):
            shop.database.run(queries.which, hidden, viewer)
        assert _live(shop, viewer, seen)
        assert not _live(shop, viewer, hidden)
        shop.database.run(people.change_teammate, shop.samira.id, role="teammate", by=shop.ines)
        shop.database.run(roles.delete_role, shop.database.run(roles.all_roles)[-1].id, by=shop.ines)


@pytest.mark.promise("PM1")
def test_whoever_may_not_see_other_teams_sees_their_own_their_teams_and_their_team_members(shop: Shop) -> None:
    viewer = _limited(shop, shop.samira, "inbox.use")
    lea = shop.database.run(people.add_teammate, name="Lea Klein", email="lea@veloria.example", password=None, by=shop.ines)
    shop.database.run(people.join_team, shop.service, lea, by=shop.ines)
    owners = {
        "own": f"teammate:{shop.samira.id}",
        "team": f"team:{shop.service}",
        "member": f"teammate:{lea}",
        "other team": f"team:{shop.workshop}",
        "other": f"teammate:{shop.jonas.id}",
        "nobody": "",
    }
    made = {name: shop.hears("Hello", visitor=name).conversation_id for name in owners}
    for name, owner in owners.items():
        if owner:
            kind, _, id_ = owner.partition(":")
            shop.database.run(_set, made[name], owner_kind=kind, owner_id=id_)
    assert _ids(shop, viewer) == {made["own"], made["team"], made["member"]}
    for hidden in ("other team", "other", "nobody"):
        assert not _live(shop, viewer, made[hidden])
        with pytest.raises(NotFound):
            shop.database.run(queries.which, made[hidden], viewer)


@pytest.mark.promise("PM1")
def test_a_conversation_that_is_given_away_leaves_the_live_page_of_whoever_may_not_see_it_any_more(shop: Shop) -> None:
    viewer = _limited(shop, shop.samira, "inbox.use")
    heard = shop.hears("Hello").conversation_id
    sight = Sight(shop.database, viewer)
    shop.database.run(ownership.assign, heard, Owner(OwnerKind.TEAMMATE, viewer.id), shop.ines)
    assert asyncio.run(sight.may_see(heard))
    shop.database.run(ownership.assign, heard, Owner(OwnerKind.TEAMMATE, shop.jonas.id), shop.ines)
    assert not asyncio.run(sight.may_see(heard))


@pytest.mark.promise("PM1")
def test_a_live_page_begins_anew_when_what_its_teammate_may_see_changes(shop: Shop) -> None:
    sight = Sight(shop.database, shop.samira)
    for kind in ("teammate.changed", "teammate.deactivated", "teammate.signed_out"):
        assert sight.is_over(Event(1, kind, shop.samira.id, {}, NOW))
        assert not sight.is_over(Event(1, kind, shop.jonas.id, {}, NOW))
    assert not sight.is_over(Event(1, "teammate.availability_changed", shop.samira.id, {}, NOW))
