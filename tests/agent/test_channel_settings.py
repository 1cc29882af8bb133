"""What an agent may read and change, whose mail it leaves to people, when it asks for an address (ID4, ID5, HO5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.agent.access import Permissions, Reach, permitted
from firstline.agent.channel_settings import Capture, ChannelSettings, address_in, asks_now, only_address
from firstline.agent.rules import checked
from firstline.contacts.rules import Contact
from firstline.kit.errors import Invalid
from tests.conftest import NOW

MIRA = Contact(
    id="con_1", name="Mira", email="mira@example.com", language="de", properties={"tier": "gold", "risk": "high"}, created_at=NOW
)


@pytest.mark.promise("ID5")
def test_a_turn_knows_only_what_the_agent_may_read() -> None:
    plain = permitted(MIRA, Permissions())
    assert (plain.name, plain.email, dict(plain.facts)) == ("Mira", "mira@example.com", {})
    chosen = Permissions(contact={"email": Reach.HIDDEN, "tier": Reach.READ, "risk": Reach.ACTION})
    known = permitted(MIRA, chosen)
    assert (known.name, known.email, dict(known.facts)) == ("Mira", None, {"tier": "gold"})


@pytest.mark.promise("ID5")
@pytest.mark.parametrize(
    ("access", "knows", "tells", "changes"),
    [
        (Reach.HIDDEN, False, False, False),
        (Reach.ACTION, False, True, True),
        (Reach.READ, True, True, False),
        (Reach.CHANGE, True, True, True),
    ],
)
def test_each_level_says_who_gets_how_far(access: Reach, knows: bool, tells: bool, changes: bool) -> None:
    allowed = Permissions(contact={"tier": access})
    assert (allowed.knows("tier"), allowed.may_tell("tier"), allowed.may_change("tier")) == (knows, tells, changes)


@pytest.mark.promise("ID4")
def test_listed_senders_and_domains_with_their_subdomains_are_left_to_people() -> None:
    settings = checked(ChannelSettings, {"ignored": [" VIP@Example.com ", "@partner.example", ""]})
    assert settings.ignored == ("vip@example.com", "partner.example")
    assert settings.ignores("Vip@example.com") == "vip@example.com"
    assert settings.ignores("a@mail.partner.example") == "partner.example"
    for other in ("other@example.com", "a@notpartner.example", None, ""):
        assert settings.ignores(other) is None
    for wrong in ("no address", "a@b@c.example", "@", "x" * 300):
        with pytest.raises(Invalid, match="ignored"):
            checked(ChannelSettings, {"ignored": [wrong]})


@pytest.mark.promise("HO5")
@pytest.mark.parametrize("chosen", list(Capture))
@pytest.mark.parametrize("moment", list(Capture))
def test_an_address_is_asked_for_at_the_chosen_moment_once_in_a_chat_and_never_from_a_known_contact(
    moment: Capture, chosen: Capture
) -> None:
    asks = asks_now(moment, chosen, family="chat", email=None, asked=False)
    assert asks == (moment is chosen is not Capture.NEVER)
    assert not asks_now(moment, chosen, family="chat", email="mira@example.com", asked=False)
    assert not asks_now(moment, chosen, family="chat", email=None, asked=True)
    assert not asks_now(moment, chosen, family="email", email=None, asked=False)


@pytest.mark.promise("HO5")
@pytest.mark.parametrize(
    ("text", "address", "only"),
    [
        ("mira@example.com", "mira@example.com", True),
        ("Sure, it is Mira.S+shop@Example.com.", "mira.s+shop@example.com", True),
        ("mira@example.com and where is my order?", "mira@example.com", False),
        ("a@example.com or b@example.com", None, False),
        ("no thanks", None, False),
        ("@", None, False),
    ],
)
def test_the_address_is_found_in_what_the_customer_writes(text: str, address: str | None, only: bool) -> None:
    assert address_in(text) == address
    assert only_address(text) is only


@given(st.text(max_size=400))
def test_whatever_is_written_finding_an_address_does_no_harm(text: str) -> None:
    found = address_in(text)
    assert found is None or found in text.lower()
