"""Taking in: every item of a delivery once, in order; what is not understood is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.channels.base import Account
from firstline.channels.intake import Intake, letters
from firstline.channels.intake.replaying import Replaying
from firstline.channels.refusals import in_words
from firstline.channels.tables import raw_delivery
from firstline.contacts.queries import who_is
from firstline.contacts.tables import merge_suggestion
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.replying import fence
from firstline.conversations.rules import Entry, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.errors import Conflict, Forbidden, TakenOver
from firstline.people.rules import Actor
from tests.channels.courier import EPOCH, Courier, connect, delivery, says
from tests.world import KEYRING, Shop


@pytest.fixture
def courier(shop: Shop) -> Account:
    return connect(shop)


def take(shop: Shop, account: Account, *items: dict[str, Any]) -> bool:
    return asyncio.run(Intake(shop.database, {"courier": Courier()}).take(account, delivery(*items)))


def talks(shop: Shop, account: Account) -> list[str]:
    query = select(conversation.c.id).where(conversation.c.channel_account_id == account.id).order_by(conversation.c.id)
    return [row.id for row in shop.database.run(lambda tx: tx.rows(query))]


def said(shop: Shop, account: Account) -> list[Entry]:
    return [one for talk in talks(shop, account) for one in shop.database.run(queries.said, talk)]


@pytest.mark.promise("CH8")
def test_many_messages_in_one_delivery_are_stored_in_the_order_they_were_sent(shop: Shop, courier: Account) -> None:
    items = [says(f"number {n}", f"m{n}", at=EPOCH - n) for n in range(6)]
    assert take(shop, courier, *items)
    assert [one.text for one in said(shop, courier)] == [f"number {n}" for n in reversed(range(6))]
    assert len(talks(shop, courier)) == 1


def test_the_same_delivery_again_changes_nothing(shop: Shop, courier: Account) -> None:
    for _ in range(3):
        take(shop, courier, says("Hello", "m1"), says("Again", "m2"))
    assert [one.text for one in said(shop, courier)] == ["Hello", "Again"]
    assert shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(raw_delivery))) == 3


def test_a_bad_item_does_not_drop_its_siblings(shop: Shop, courier: Account) -> None:
    bad = {"type": "message", "from": "mira", "text": "no id"}
    assert not take(shop, courier, says("one", "m1"), bad, says("", "empty"), says("two", "m2"))
    assert [one.text for one in said(shop, courier)] == ["one", "two"]
    left = shop.database.run(letters.waiting, shop.ines)
    assert sorted(one.detail.partition(":")[0] for one in left) == ["It was refused", "KeyError"]


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe\x00", b"[]", b'{"items": 3}', b'{"items": [null]}', b"{" * 3000])
def test_a_delivery_nobody_can_read_is_kept_and_shown(shop: Shop, courier: Account, body: bytes) -> None:
    from firstline.channels.base import RawRequest

    assert not asyncio.run(Intake(shop.database, {"courier": Courier()}).take(courier, RawRequest(body=body)))
    letter = shop.database.run(letters.waiting, shop.ines)[0]
    _, request = shop.database.run(letters.one, letter.id, shop.ines)
    assert request.body == body


def test_a_delivery_is_replayed_with_the_present_parser_and_applied_once(shop: Shop, courier: Account) -> None:
    class Younger(Courier):
        def parse(self, account: Account, request: Any) -> Any:
            raise ValueError("a version that does not know this yet")

    old, new = (Replaying(shop.database, {"courier": one}, KEYRING) for one in (Younger(), Courier()))
    asyncio.run(old.intake.take(courier, delivery(says("Hello", "m1"))))
    (letter,) = shop.database.run(letters.waiting, shop.ines)
    assert asyncio.run(old.again(letter.id, shop.ines)) != []
    assert asyncio.run(new.again(letter.id, shop.ines)) == []
    assert [one.text for one in said(shop, courier)] == ["Hello"]
    assert shop.database.run(letters.waiting, shop.ines) == []
    with pytest.raises(Conflict):
        asyncio.run(new.again(letter.id, shop.ines))


def test_dead_letters_are_for_those_who_manage_channels(shop: Shop, courier: Account) -> None:
    take(shop, courier, {"type": "nonsense"})
    (letter,) = shop.database.run(letters.waiting, shop.ines)
    with pytest.raises(Forbidden):
        shop.database.run(letters.discard, letter.id, shop.jonas)
    shop.database.run(letters.discard, letter.id, shop.ines)
    shop.database.run(letters.restore, letter.id, shop.ines)
    assert len(shop.database.run(letters.waiting, shop.ines)) == 1


@pytest.mark.promise("CH9")
def test_an_echo_of_a_person_stops_the_agent_at_once(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("Hello", "m1"))
    (talk,) = talks(shop, courier)
    epoch = shop.gives_to_agent(talk)
    take(shop, courier, {"type": "echo", "to": "mira", "id": "e1", "text": "I will call you.", "at": EPOCH + 5, "name": "Ines"})
    found = shop.database.run(locked, talk)
    assert found.owner.kind is OwnerKind.NOBODY
    assert found.epoch > epoch
    with pytest.raises(TakenOver):
        fence(found, epoch)
    last = said(shop, courier)[-1]
    assert (last.text, last.by_kind, last.delivery, last.data["by_name"]) == ("I will call you.", "teammate", "sent", "Ines")


@pytest.mark.promise("CH9")
def test_after_somebody_wrote_outside_the_agent_is_not_given_the_conversation_again(shop: Shop, courier: Account) -> None:
    take(shop, courier, {"type": "echo", "to": "mira", "id": "e1", "text": "Your bike is ready.", "at": EPOCH})
    take(shop, courier, says("Thanks, when do you open?", "m1", at=EPOCH + 60))
    (talk,) = talks(shop, courier)
    assert shop.database.run(locked, talk).routing is not None


@pytest.mark.parametrize("mark", [{"standby": True}, {"answerable": False}, {"history": True}])
def test_what_nobody_may_answer_is_stored_and_calls_nobody(shop: Shop, courier: Account, mark: dict[str, Any]) -> None:
    take(shop, courier, says("I am away until Monday.", "m1", **mark))
    (talk,) = talks(shop, courier)
    found = shop.database.run(locked, talk)
    assert found.waiting_since is None
    assert shop.database.run(queries.last_heard, talk) == 0
    assert found.status == ("closed" if "history" in mark else "open")


def test_a_quiet_message_does_not_reopen_a_closed_conversation(shop: Shop, courier: Account) -> None:
    from firstline.conversations import closing

    take(shop, courier, says("Hello", "m1"))
    (talk,) = talks(shop, courier)
    shop.database.run(closing.close, talk, shop.jonas)
    take(shop, courier, says("Out of office", "m2", at=EPOCH + 9, answerable=False))
    assert talks(shop, courier) == [talk]
    assert shop.database.run(locked, talk).status == "closed"


def test_the_reply_window_opens_on_the_customers_time(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("late", "m1", at=EPOCH - 7200), says("later still", "m0", at=EPOCH - 9000))
    take(shop, courier, says("from the future", "m2", at=EPOCH + 99_999, who="zoe"))
    opened = shop.database.run(lambda tx: [row[0] for row in tx.rows(select(conversation.c.last_customer_at).order_by("id"))])
    now = datetime.fromtimestamp(EPOCH, UTC)
    assert opened == [now - timedelta(hours=2), now]


def test_reactions_and_edits_change_the_message_they_are_about(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("Helo", "m1"))
    react = {"type": "reaction", "from": "mira", "target": "m1", "id": "r", "at": EPOCH + 5}
    take(
        shop,
        courier,
        {**react, "emoji": "👍"},
        {**react, "emoji": None, "at": EPOCH + 2},
        {**react, "target": "nobody", "emoji": "x"},
    )
    take(shop, courier, {"type": "edit", "id": "m1", "text": "Hello", "at": EPOCH + 9})
    (message,) = said(shop, courier)
    assert message.text == "Hello"
    assert [one["emoji"] for one in message.data["reactions"].values()] == ["👍"]
    take(shop, courier, {"type": "edit", "id": "m1", "at": EPOCH + 12})
    (message,) = said(shop, courier)
    assert (message.text, message.data["revoked"]) == ("", True)
    assert [one.get("before") for one in message.data["edits"]] == [None, None], "what was taken back is not kept"


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_changed_id_leads_to_the_same_person(shop: Shop, courier: Account, first: str) -> None:
    moved = {"type": "moved", "old": "u1", "new": "u2", "at": EPOCH}
    take(shop, courier, says("Hello", "m1", who="u1"))
    if first == "old":
        take(shop, courier, moved)
        take(shop, courier, says("It is me", "m2", who="u2"))
    else:
        take(shop, courier, moved, says("It is me", "m2", who="u2"))
    (talk,) = talks(shop, courier)
    contact = shop.database.run(who_is, shop.database.run(locked, talk).contact_id)
    assert {one.value for one in contact.identities} == {"u1", "u2"}


def test_two_people_with_history_are_flagged_not_merged(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("Hello", "m1", who="u1"), says("Hello", "m2", who="u2"))
    take(shop, courier, {"type": "moved", "old": "u1", "new": "u2", "at": EPOCH})
    assert len(talks(shop, courier)) == 2
    assert shop.database.run(lambda tx: tx.scalar(select(func.count()).select_from(merge_suggestion))) == 1


def test_a_vouched_alias_leads_to_the_known_contact(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("Hello", "m1", who="49151"))
    take(shop, courier, says("Me again", "m2", who="DE.123", aliases=["49151"]))
    assert len(talks(shop, courier)) == 1


def test_a_trouble_is_told_once_and_a_note_does_not_cover_it(shop: Shop, courier: Account) -> None:
    from firstline.channels import accounts, attention
    from firstline.kit.events import event

    trouble = {"type": "notice", "code": "token", "text": "The token expired.", "cure": "Make a new one."}
    take(shop, courier, trouble, trouble)
    take(shop, courier, {**trouble, "code": "quality", "broken": False})
    told = select(func.count()).select_from(event).where(event.c.kind == "channel_account.needs_attention")
    assert shop.database.run(lambda tx: tx.scalar(told)) == 1
    known = shop.database.run(accounts.which, courier.id).attention
    assert known is not None
    assert known["code"] == "token"
    assert shop.database.run(attention.recovered, courier.id)
    noted = shop.database.run(accounts.which, courier.id).attention
    assert noted is not None
    assert (noted["code"], noted["broken"]) == ("quality", False)
    assert not shop.database.run(attention.recovered, courier.id), "a note is no trouble to recover from"
    assert [one.code for one in shop.database.run(attention.notes, courier.id)] == ["quality"]
    shop.database.run(attention.dismiss, courier.id, "quality", shop.ines)
    assert shop.database.run(accounts.which, courier.id).attention is None


def test_a_number_means_the_choice_that_was_offered(shop: Shop, courier: Account) -> None:
    take(shop, courier, says("Hello", "m1"))
    (talk,) = talks(shop, courier)
    shop.gives_to_agent(talk)

    def ask(tx: Any) -> None:
        offered = {"options": ["Returns", "Repairs"]}
        replying.agent_reply(tx, locked(tx, talk), "Which?", Actor.agent("agt_velo"), offered, turn_id="trn_1")

    shop.database.run(ask)
    take(shop, courier, says(" 2. ", "m2", at=EPOCH + 9), says("7", "m3", at=EPOCH + 10))
    assert [one.text for one in said(shop, courier)][-2:] == ["Repairs", "7"]


def test_what_is_wrong_with_a_delivery_is_said_in_words() -> None:
    broken = json.JSONDecodeError("Expecting value", "hello", 0)
    assert in_words(broken) == "it is no JSON (Expecting value, character 1)"
    assert in_words(ValueError("nothing says who sent it")) == "nothing says who sent it"
    assert in_words(KeyError("from")) == "KeyError: 'from'"
