"""What WhatsApp tells of customers besides their messages: phone book, advertising, calls, doubts about who they are."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from firstline.agent.actions import verifying
from firstline.agent.actions.identified import identified
from firstline.agent.actions.tables import verification
from firstline.channels import writing
from firstline.channels.base import Account
from firstline.channels.happenings import Advertising, Doubted, Happening, IdentityChanged, Ignored, Inbound, Listed
from firstline.channels.tending import Tender
from firstline.channels.whatsapp.parse import parse
from firstline.contacts import commands
from firstline.contacts.phone_book import listed_names
from firstline.contacts.tables import contact, identity_listing
from firstline.conversations import deliveries
from firstline.conversations.tables import conversation
from firstline.kit.clock import FixedClock
from firstline.kit.errors import Conflict
from firstline.simulators.meta.posting import whatsapp
from firstline.simulators.meta.world import Fault
from tests.channels.meta import ANA, Meta
from tests.channels.whatsapp import payloads as p
from tests.world import KEYRING


def read(field: str, **value: Any) -> list[Happening]:
    parsed = parse(p.account(), p.request(p.envelope((field, p.value(**value)))))
    assert parsed.problems == ()
    return list(parsed.happenings)


def entry(action: str = "add", name: str = "Ana Lima", at: Any = str(p.AT), phone: str = "+55 11 99999-0000") -> dict[str, Any]:
    contact = {"full_name": name, "first_name": name.split(" ", maxsplit=1)[0], "phone_number": phone}
    return {"type": "contact", "contact": contact, "action": action, "metadata": {"timestamp": at}}


class Customers:
    """A number, and what Meta tells of its customers."""

    def __init__(self, meta: Meta) -> None:
        self.meta, self.run = meta, meta.shop.database.run
        self.number: Account = meta.account("whatsapp")
        self.at = int(meta.world.now())

    def hears(self, name: str | None = None, id: str = "in1", who: str = ANA, user: str = "") -> str:
        self.meta.world.heard[who] = self.meta.world.now()
        said = {"from": who, "id": id, "timestamp": str(self.at), "type": "text", "text": {"body": "Hello"}}
        of = {"profile": {"name": name}, "wa_id": who} if name else {}
        more = {"from_user_id": user} if user else {}
        self.tells("messages", messages=[{**said, **more}], contacts=[of] if of else [])
        return str(self.run(_newest_talk, self.number.id))

    def tells(self, field: str, **value: Any) -> None:
        self.meta.take(self.number, whatsapp(field, **value))

    def books(self, action: str = "add", name: str = "Ana Lima", later: int = 0, phone: str = "+" + ANA) -> None:
        self.tells("smb_app_state_sync", state_sync=[entry(action, name, str(self.at + later), phone)])

    def name(self, talk: str) -> str | None:
        of = select(contact.c.name).where(contact.c.id == self.meta.talk(talk).contact_id)
        found: str | None = self.run(lambda tx: tx.scalar(of))
        return found

    def later(self, hours: float) -> None:
        clock = self.meta.shop.database.clock
        assert isinstance(clock, FixedClock)
        clock.set(clock.now() + timedelta(hours=hours))


def _newest_talk(tx: Any, account_id: str) -> str:
    c = conversation.c
    return str(tx.scalar(select(c.id).where(c.channel_account_id == account_id).order_by(c.id.desc())))


@pytest.fixture
def customers(meta: Meta) -> Customers:
    return Customers(meta)


def test_an_entry_of_the_phone_book_is_read_with_its_time_and_a_number_in_digits() -> None:
    (found,) = read("smb_app_state_sync", state_sync=[entry()])
    assert isinstance(found, Listed)
    assert (found.who.value, found.name, int(found.at.timestamp())) == ("5511999990000", "Ana Lima", p.AT)
    (gone,) = read("smb_app_state_sync", state_sync=[entry("remove")])
    assert isinstance(gone, Listed)
    assert gone.name is None
    (first,) = read(
        "smb_app_state_sync", state_sync=[{**entry(), "contact": {"first_name": "Ana", "phone_number": "5511999990000"}}]
    )
    assert isinstance(first, Listed)
    assert first.name == "Ana"


@pytest.mark.parametrize(
    "item",
    [
        {**entry(), "type": "label"},
        {**entry(), "action": "merge"},
        {**entry(), "contact": {}},
        {**entry(), "contact": None},
        {**entry(), "contact": {"phone_number": "call me", "full_name": "Ana"}},
        {**entry(), "contact": {"phone_number": ANA, "full_name": " \n", "first_name": ["Ana"]}},
        {**entry(), "contact": {"phone_number": "١٢٣٤", "full_name": "Ana"}},
    ],
)
def test_what_says_nothing_of_use_is_ignored(item: Any) -> None:
    (found,) = read("smb_app_state_sync", state_sync=[item])
    assert isinstance(found, Ignored)


@pytest.mark.parametrize("item", [7, None, [], "x", {**entry(), "metadata": {}}, {**entry(), "metadata": {"timestamp": "soon"}}])
def test_what_is_broken_is_a_problem_and_drops_no_sibling(item: Any) -> None:
    body = p.envelope(("smb_app_state_sync", p.value(state_sync=[item, entry()])))
    parsed = parse(p.account(), p.request(body))
    assert (len(parsed.problems), len(parsed.happenings)) == (1, 1)


@pytest.mark.promise("CH3")
def test_a_customer_without_a_name_is_called_as_in_the_phone_book_and_follows_it(customers: Customers) -> None:
    talk = customers.hears()
    assert customers.name(talk) is None
    customers.books(name="Ana  Lima\x00")
    assert customers.name(talk) == "Ana Lima"
    customers.books(name="Ana Lima Souza", later=10)
    assert customers.name(talk) == "Ana Lima Souza"
    customers.books(name="Too late", later=5)
    customers.books(name="The same again", later=10)
    assert customers.name(talk) == "Ana Lima Souza"


@pytest.mark.promise("CH3")
def test_a_name_that_the_customer_gave_stays_and_the_phone_books_is_shown_beside_it(customers: Customers) -> None:
    talk = customers.hears(name="Aninha")
    customers.books()
    assert customers.name(talk) == "Aninha"
    assert customers.run(listed_names, customers.meta.talk(talk).contact_id) == {("whatsapp", ANA): "Ana Lima"}


@pytest.mark.promise("CH3")
def test_a_name_that_a_teammate_wrote_stays(customers: Customers) -> None:
    talk = customers.hears()
    customers.books()
    customers.run(commands.describe, customers.meta.talk(talk).contact_id, by=customers.meta.shop.ines, name="Frau Lima")
    customers.books(name="Ana L.", later=10)
    assert customers.name(talk) == "Frau Lima"


def test_an_entry_that_is_removed_takes_no_name_away_and_is_not_undone_by_an_older_one(customers: Customers) -> None:
    talk = customers.hears()
    customers.books()
    customers.books("remove", later=10)
    assert customers.name(talk) == "Ana Lima"
    customers.books(name="Older", later=5)
    assert customers.name(talk) == "Ana Lima"
    customers.books(name="Anew", later=20)
    assert customers.name(talk) == "Anew"


def test_people_of_the_phone_book_who_never_wrote_are_not_kept(customers: Customers) -> None:
    customers.tells("smb_app_state_sync", state_sync=[entry(phone=f"+4915{n:09}") for n in range(50)])
    assert customers.run(lambda tx: len(tx.rows(select(contact.c.id)))) == 0
    assert customers.run(lambda tx: len(tx.rows(select(identity_listing)))) == 0


@pytest.mark.parametrize("value", ["stop", "resume"])
def test_a_preference_names_everybody_by_whom_it_may_be_known(value: str) -> None:
    item = {"wa_id": ANA, "user_id": "BR.1", "category": "marketing_messages", "value": value, "timestamp": p.AT}
    (found,) = read("user_preferences", user_preferences=[item])
    assert isinstance(found, Advertising)
    assert ([one.value for one in found.who], found.wanted) == (["BR.1", ANA], value == "resume")
    (other,) = read("user_preferences", user_preferences=[{**item, "category": "other"}])
    assert isinstance(other, Ignored)


@pytest.mark.parametrize("item", [None, 7, {"category": "marketing_messages", "value": "stop", "timestamp": 1}])
def test_a_preference_of_nobody_is_a_problem(item: Any) -> None:
    parsed = parse(p.account(), p.request(p.envelope(("user_preferences", p.value(user_preferences=[item])))))
    assert len(parsed.problems) == 1


SALE = writing.Chosen("sale", "en")


@pytest.fixture
def advertised(customers: Customers) -> str:
    """A conversation on a number with an approved marketing template."""
    sale = customers.meta.world.templates[1]
    sale |= {"status": "APPROVED", "components": [{"type": "BODY", "text": "Everything must go."}]}
    asyncio.run(Tender(customers.meta.shop.database, customers.meta.channels, KEYRING).tend(customers.number.id))
    return customers.hears()


def sends(customers: Customers, talk: str, chosen: writing.Chosen = SALE) -> str:
    shop = customers.meta.shop
    return shop.database.run(writing.reply, customers.meta.channels, talk, "", shop.jonas, template=chosen).id


def offered(customers: Customers, talk: str) -> tuple[list[str], str]:
    desk = customers.run(lambda tx: writing.desk_of(tx, customers.meta.channels, customers.meta.talk(talk)))
    return [one.name for one in desk.templates], " ".join(desk.warnings)


@pytest.mark.promise("CH3", "CH8")
def test_who_wants_no_advertising_is_offered_no_marketing_template_until_they_want_it_again(
    customers: Customers, advertised: str
) -> None:
    assert offered(customers, advertised)[0] == ["bike_ready", "sale"]
    no = {"wa_id": ANA, "category": "marketing_messages", "value": "stop", "timestamp": customers.at + 10}
    customers.tells("user_preferences", user_preferences=[no])
    names, warning = offered(customers, advertised)
    assert (names, "does not want marketing messages" in warning) == (["bike_ready"], True)
    with pytest.raises(Conflict, match="does not want marketing"):
        sends(customers, advertised)
    sends(customers, advertised, writing.Chosen("bike_ready", "en", ("Ana", "Friday")))
    customers.tells("user_preferences", user_preferences=[{**no, "value": "resume", "timestamp": customers.at + 5}])
    assert offered(customers, advertised)[0] == ["bike_ready"]
    customers.tells("user_preferences", user_preferences=[{**no, "value": "resume", "timestamp": customers.at + 20}])
    assert offered(customers, advertised) == (["bike_ready", "sale"], "")


@pytest.mark.promise("CH3", "CH8")
@pytest.mark.parametrize("told", ["answer", "status"])
@pytest.mark.parametrize(("code", "hours"), [(131049, 24), (131050, None)])
def test_advertising_that_meta_refuses_is_not_tried_again_too_soon(
    customers: Customers, advertised: str, told: str, code: int, hours: int | None
) -> None:
    if told == "answer":
        customers.meta.world.faults.append(Fault(code))
    reply = sends(customers, advertised)
    sent = customers.meta.delivers(advertised)
    if told == "status":
        failed = {"id": sent[0]["id"], "status": "failed", "timestamp": str(customers.at), "errors": [{"code": code}]}
        customers.tells("messages", statuses=[failed])
    assert customers.meta.entry(reply).delivery == "failed"
    assert offered(customers, advertised)[0] == ["bike_ready"]
    with pytest.raises(Conflict):
        sends(customers, advertised)
    customers.later(23)
    assert offered(customers, advertised)[0] == ["bike_ready"]
    customers.later(1.1)
    assert offered(customers, advertised)[0] == (["bike_ready", "sale"] if hours else ["bike_ready"])


@pytest.mark.promise("CH8")
def test_trying_a_held_back_template_again_by_hand_asks_meta_for_nothing(customers: Customers, advertised: str) -> None:
    customers.meta.world.faults.append(Fault(131049))
    reply = sends(customers, advertised)
    customers.meta.delivers(advertised)
    asked = len(customers.meta.world.asked)
    customers.run(deliveries.try_again, reply, customers.meta.shop.jonas)
    customers.meta.delivers(advertised)
    assert len(customers.meta.world.asked) == asked
    assert "no marketing template" in str(customers.meta.entry(reply).delivery_reason)


def call(event: str = "connect", **more: Any) -> dict[str, Any]:
    return {"id": "wacid.A", "from": ANA, "to": "493415550100", "event": event, "timestamp": str(p.AT), **more}


@pytest.mark.promise("CH3")
def test_a_call_is_kept_once_and_opens_the_window(customers: Customers) -> None:
    session = {"sdp_type": "offer", "sdp": "v=0"}
    at = str(customers.at)
    customers.tells("calls", calls=[call(direction="USER_INITIATED", session=session) | {"timestamp": at}])
    customers.tells("calls", calls=[call("terminate", status="FAILED", direction="USER_INITIATED") | {"timestamp": at}])
    talk = _talk(customers)
    (kept,) = [one for one in customers.meta.timeline(talk) if one.kind == "message"]
    assert (kept.text, kept.quiet, kept.data["type"]) == ("(Called on WhatsApp. Calls are not taken here.)", True, "call")
    assert "sdp" not in str(kept.data)
    customers.meta.world.heard[ANA] = customers.meta.world.now()
    reply = customers.meta.replies(talk)
    customers.meta.delivers(talk)
    assert customers.meta.entry(reply).delivery == "sent"


def _talk(customers: Customers) -> str:
    return str(customers.run(_newest_talk, customers.number.id))


@pytest.mark.parametrize("one", [call(direction="BUSINESS_INITIATED"), call("ringing"), call("")])
def test_other_news_of_calls_are_ignored(one: dict[str, Any]) -> None:
    assert isinstance(read("calls", calls=[one])[0], Ignored)


@pytest.mark.parametrize("one", [None, 7, {**call(), "id": ""}, {**call(), "from": ""}, {**call(), "timestamp": "x"}])
def test_a_broken_call_is_a_problem(one: Any) -> None:
    parsed = parse(p.account(), p.request(p.envelope(("calls", p.value(calls=[one, call()])))))
    assert (len(parsed.problems), len(parsed.happenings)) == (1, 1)
    assert isinstance(parsed.happenings[0], Inbound)


def system(kind: str, **more: Any) -> dict[str, Any]:
    return p.message("system", {"type": kind, **more}, "wamid.S1")


def test_a_changed_identity_is_doubted_and_a_number_that_was_left_is_named() -> None:
    (doubted,) = read("messages", messages=[system("customer_identity_changed")])
    assert isinstance(doubted, Doubted)
    assert doubted.who.value == p.ANA_ID
    (moved,) = read("messages", messages=[system("user_changed_number", wa_id="5511888880000", user_id="BR.NEW")])
    assert isinstance(moved, IdentityChanged)
    assert moved.left is not None
    assert moved.left.value == p.ANA
    (kept,) = read("messages", messages=[system("user_changed_user_id", user_id="BR.NEW", previous_user_id="BR.OLD")])
    assert isinstance(kept, IdentityChanged)
    assert kept.left is None


def proven(customers: Customers, talk: str) -> tuple[bool, bool]:
    found = customers.meta.talk(talk)
    return customers.run(identified, found), customers.run(verifying.verified_at, found) is not None


def enters_code(customers: Customers, talk: str) -> None:
    """As if a code had been mailed and entered now."""
    found = customers.meta.talk(talk)
    customers.run(verifying.send, found, "ana@customer.example", "en", "Veloria")
    customers.run(lambda tx: tx.execute(verification.update().values(entered_at=tx.now)))


@pytest.mark.promise("AC3", "CH3")
def test_after_news_of_another_identity_the_customer_has_to_prove_anew_who_they_are(customers: Customers) -> None:
    talk = customers.hears(user="BR.1")
    enters_code(customers, talk)
    assert proven(customers, talk) == (True, True)
    customers.later(0.1)
    news = {"from": ANA, "id": "wamid.S", "timestamp": str(int(customers.meta.shop.database.clock.now().timestamp()))}
    customers.tells("messages", messages=[{**news, "type": "system", "system": {"type": "customer_identity_changed"}}])
    assert proven(customers, talk) == (False, False)
    told = [one.text for one in customers.meta.timeline(talk) if one.kind == "alert"]
    assert len(told) == 1
    assert "another person on the number" in told[0]
    customers.later(0.1)
    enters_code(customers, talk)
    assert proven(customers, talk) == (True, True)


@pytest.mark.promise("AC3")
def test_whoever_writes_from_a_number_that_was_left_is_not_believed_and_the_customer_is(customers: Customers) -> None:
    talk = customers.hears()
    news = {"from": ANA, "id": "wamid.S", "timestamp": str(customers.at + 1), "type": "system"}
    moved = {"type": "user_changed_number", "wa_id": "5511888880000"}
    customers.tells("messages", messages=[{**news, "system": moved}])
    assert customers.hears(id="in2", who="5511888880000") == talk
    assert proven(customers, talk)[0]
    customers.hears(id="in3", who=ANA)
    assert not proven(customers, talk)[0]
