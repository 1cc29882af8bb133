"""One contact over channels: merged by people, separated exactly, nothing on a guess."""

import pytest

from firstline.contacts import commands
from firstline.contacts.queries import who_is, who_matches
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import merging, queries
from firstline.kit.errors import Conflict, Forbidden, Invalid
from firstline.people.rules import Actor, ActorKind
from tests.world import Shop


def _two(shop: Shop) -> tuple[str, str]:
    one, other = shop.hears("Hello", visitor="mira"), shop.hears("Hi", visitor="mira-phone")
    run = shop.database.run
    run(commands.describe, one.contact_id, by=shop.ines, name="Mira", properties={"tier": "gold"})
    run(commands.describe, other.contact_id, by=shop.ines, email="mira@example.org", properties={"tier": "silver", "size": "M"})
    return one.contact_id, other.contact_id


def _picture(shop: Shop, contact_id: str) -> tuple[object, ...]:
    found = shop.database.run(who_is, contact_id)
    talks = [line.conversation.id for line in shop.database.run(queries.lines, shop.ines, contact_id=contact_id)]
    return found.name, found.email, found.properties, {one.value for one in found.identities}, sorted(talks)


@pytest.mark.promise("IN3")
def test_merged_and_separated_everything_is_as_it_was(shop: Shop) -> None:
    kept, gone = _two(shop)
    before = (_picture(shop, kept), _picture(shop, gone))
    merge = shop.database.run(merging.merge, kept, gone, shop.ines, reason="The same person")
    name, email, properties, identities, talks = _picture(shop, kept)
    assert (name, email, properties) == ("Mira", "mira@example.org", {"tier": "gold", "size": "M"})
    assert identities == {"mira", "mira-phone", "mira@example.org"}
    assert len(talks) == 2  # type: ignore[arg-type]
    assert [one.id for one in shop.database.run(who_matches, "mira")] == [kept]
    assert shop.database.run(merging.unmerge, merge, shop.ines) == gone
    assert (_picture(shop, kept), _picture(shop, gone)) == before


def test_what_came_since_over_a_moved_identity_goes_back_with_it(shop: Shop) -> None:
    from firstline.conversations import closing

    kept, gone = _two(shop)
    merge = shop.database.run(merging.merge, kept, gone, shop.ines)
    joined = shop.hears("From the phone again", visitor="mira-phone")
    assert (joined.contact_id, joined.new) == (kept, False)
    shop.database.run(closing.close, joined.conversation_id, shop.jonas)
    shop.database.run(merging.unmerge, merge, shop.ines)
    assert shop.hears("And again", visitor="mira-phone").contact_id == gone
    assert shop.hears("And here", visitor="mira").contact_id == kept


def test_what_people_changed_since_stays(shop: Shop) -> None:
    kept, gone = _two(shop)
    merge = shop.database.run(merging.merge, kept, gone, shop.ines)
    shop.database.run(commands.describe, kept, by=shop.ines, name="Mira Sommer", properties={"size": "L"})
    shop.database.run(merging.unmerge, merge, shop.ines)
    found = shop.database.run(who_is, kept)
    assert (found.name, found.email, found.properties) == ("Mira Sommer", None, {"tier": "gold", "size": "L"})


def test_a_merge_that_makes_no_sense_is_refused(shop: Shop) -> None:
    kept, gone = _two(shop)
    third = shop.hears("Hey", visitor="third").contact_id
    nobody = Actor(ActorKind.TEAMMATE, "mem_x", "X")
    with pytest.raises(Forbidden):
        shop.database.run(merging.merge, kept, gone, nobody)
    with pytest.raises(Invalid):
        shop.database.run(merging.merge, kept, kept, shop.ines)
    first = shop.database.run(merging.merge, kept, gone, shop.ines)
    with pytest.raises(Conflict):
        shop.database.run(merging.merge, third, gone, shop.ines)
    second = shop.database.run(merging.merge, third, kept, shop.ines)
    with pytest.raises(Conflict, match="Undo that first"):
        shop.database.run(merging.unmerge, first, shop.ines)
    shop.database.run(merging.unmerge, second, shop.ines)
    shop.database.run(merging.unmerge, first, shop.ines)
    with pytest.raises(Conflict):
        shop.database.run(merging.unmerge, first, shop.ines)


def test_every_link_says_why_it_is_believed_and_since_when(shop: Shop) -> None:
    contact = shop.hears("Hello", message="m1").contact_id
    shop.hears("Again", message="m2")
    ((identity, why),) = shop.database.run(merging.evidence_of, contact).items()
    assert identity == ("visitor", "mira")
    assert len(why) == 1
    assert why[0].source == "m1"
    assert why[0].first_at <= why[0].last_at


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_that_another_has_is_suggested_unless_the_channel_vouches_for_it(shop: Shop, verified: bool) -> None:
    run = shop.database.run
    known = run(commands.create, name="Mira", email="mira@example.org", by=shop.ines)
    alias = Identity(IdentityKind.EMAIL, "mira@example.org", verified=verified)
    found = run(recognise, Identity(IdentityKind.CUSTOM, "u1", "cha"), aliases=(alias,))
    suggested = run(merging.suggestions_for, known)
    if verified:
        assert found == known
        assert suggested == []
        return
    assert found != known
    assert [one.other_id for one in suggested] == [found]
    run(merging.dismiss, suggested[0].id, shop.ines)
    run(recognise, Identity(IdentityKind.CUSTOM, "u1", "cha"), aliases=(alias,))
    assert run(merging.suggestions_for, known) == [], "it is asked once"
