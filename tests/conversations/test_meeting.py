"""What meets at the same moment: each sees what the other did, whoever is first."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import text

from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import closing, intake, merging, ownership, queries
from firstline.conversations.outside import Outside, wrote_outside
from firstline.conversations.record import locked
from firstline.conversations.rules import NOBODY, Conversation, Inbound, Owner, OwnerKind, Received
from firstline.kit.clock import FixedClock
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.world import Shop

T = TypeVar("T")
_WAITING = text(
    "select count(*) from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()"
)


class Meeting:
    """One transaction that is about to be committed while another begins."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def of(self, first: Callable[[Tx], object], second: Callable[[], T]) -> T:
        """``second`` runs into what ``first`` has done and not committed; then both end."""
        with ThreadPoolExecutor(1) as pool:
            return self.shop.database.run(self._begun, first, pool, second).result(20)

    def _begun(self, tx: Tx, first: Callable[[Tx], object], pool: ThreadPoolExecutor, second: Callable[[], T]) -> Future[T]:
        first(tx)
        running = pool.submit(second)
        while not running.done() and not tx.scalar(_WAITING):
            pass
        return running

    def conversation(self, received: Received) -> Conversation:
        return self.shop.database.run(queries.which, received.conversation_id)


@pytest.fixture
def meeting(shop: Shop) -> Meeting:
    return Meeting(shop)


@pytest.mark.promise("CH9", "HO9")
def test_a_persons_word_from_outside_stops_the_agent_that_is_being_given_the_conversation(shop: Shop, meeting: Meeting) -> None:
    talk = shop.hears("How do I cancel my order?").conversation_id
    wrote = Outside(
        Identity(IdentityKind.VISITOR, "mira", shop.chat.channel_account_id), "I see to it", "out1", shop.database.clock.now()
    )

    def given(tx: Tx) -> int:
        return ownership.set_owner(tx, locked(tx, talk), Owner(OwnerKind.AGENT, "agt_velo"), Actor.system())

    said = meeting.of(given, lambda: shop.database.run(wrote_outside, shop.chat, wrote))
    assert said.conversation_id == talk
    assert meeting.conversation(said).owner == NOBODY


@pytest.mark.promise("IN4")
def test_a_message_that_comes_while_the_conversation_is_closed_opens_it_again(shop: Shop, meeting: Meeting) -> None:
    talk = shop.hears("Hello").conversation_id
    came = meeting.of(lambda tx: closing.close(tx, talk, shop.samira), lambda: shop.hears("One more thing"))
    assert came.conversation_id == talk
    assert (meeting.conversation(came).status, meeting.conversation(came).engagement) == ("open", 1)


@pytest.mark.promise("IN3")
def test_a_message_that_comes_while_its_contact_is_merged_or_separated_finds_its_conversation(
    shop: Shop, meeting: Meeting
) -> None:
    first, other = shop.hears("Hello"), shop.hears("Hello from the office", visitor="office")
    made: list[str] = []
    came = meeting.of(
        lambda tx: made.append(merging.merge(tx, first.contact_id, other.contact_id, shop.ines)),
        lambda: shop.hears("Is the first service free?", visitor="office"),
    )
    assert came.contact_id == first.contact_id
    assert meeting.conversation(came).contact_id == first.contact_id
    apart = meeting.of(
        lambda tx: merging.unmerge(tx, made[0], shop.ines), lambda: shop.hears("And the second?", visitor="office")
    )
    assert apart.contact_id == meeting.conversation(apart).contact_id == other.contact_id
    assert _talks(shop, other.contact_id) == {other.conversation_id}


@pytest.mark.promise("IN3")
def test_a_conversation_that_is_being_begun_goes_along_when_its_contact_is_merged(
    shop: Shop, meeting: Meeting, clock: FixedClock
) -> None:
    first, other = shop.hears("Hello"), shop.hears("Hello from the office", visitor="office")
    shop.database.run(closing.close, other.conversation_id, shop.ines)
    clock.advance(timedelta(days=9))
    office = Identity(IdentityKind.VISITOR, "office", shop.chat.channel_account_id)
    begun: list[Received] = []
    meeting.of(
        lambda tx: begun.append(intake.receive(tx, shop.chat, Inbound(office, "Hello again", "m9"))),
        lambda: shop.database.run(merging.merge, first.contact_id, other.contact_id, shop.ines),
    )
    assert (begun[0].new, begun[0].contact_id) == (True, other.contact_id)
    assert meeting.conversation(begun[0]).contact_id == first.contact_id


def _talks(shop: Shop, contact_id: str) -> set[str]:
    return {
        line.conversation.id for line in shop.database.run(queries.lines, shop.ines) if line.conversation.contact_id == contact_id
    }
