"""Known customers: what the website's own server signs is believed once, for this chat, for a short time, and nothing else is."""

import base64
import hashlib
import hmac
import json
import re
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from firstline.agent.actions.identified import identified
from firstline.channels import accounts
from firstline.channels.livechat.config import LiveChatConfig
from firstline.contacts import commands as contacts
from firstline.contacts.forgotten import fingerprint
from firstline.contacts.queries import who_is
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import erased_name
from firstline.conversations import queries
from firstline.conversations.merging import suggestions_for
from firstline.kit.errors import Invalid
from firstline.people.rules import Actor
from firstline.widget import passes
from firstline.widget.identity import Known, NotBelieved, keys_in, read_pass
from firstline.widget.tables import widget_pass
from firstline.widget.visitors import KNOWN_FOR
from firstline.widget.visitors import recognise as visitor_of
from tests.conftest import NOW
from tests.widget.serving import Line, Served
from tests.world import KEYRING, Shop

KEY = "0123456789abcdef0123456789abcdef"
CHAT = "cha_1"


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: Any, key: str = KEY, header: Any = None) -> str:
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'} if header is None else header)}.{part(claims)}"
    return f"{text}.{part(hmac.digest(key.encode(), text.encode(), hashlib.sha256))}"


def claims(**changes: Any) -> dict[str, Any]:
    made = {"sub": "customer 7", "aud": CHAT, "jti": "j1", "exp": NOW.timestamp() + 300} | changes
    return {name: value for name, value in made.items() if value is not ...}


def believed(token: str, secret: str = KEY) -> Known:
    return read_pass(token, keys_in(secret), CHAT, NOW).known


@pytest.fixture
def known(chat: Served) -> Served:
    """A chat whose website says who is signed in."""
    chat.settings(identity_key=KEY)
    return chat


def token_for(chat: Served, jti: str, **changes: Any) -> str:
    now = chat.shop.database.clock.now().timestamp()
    return signed(claims(**{"aud": chat.account, "exp": now + 300, "jti": jti, **changes}))


def arrives(chat: Served, identity: str, browser: str = "b1", visitor: str | None = None) -> Line:
    line = chat.raw_line()
    line.send(t="hello", visitor=visitor, page={"lang": "en"}, identity=identity, browser=browser)
    return line


def test_what_the_website_signs_is_believed() -> None:
    told = claims(email="Mira@Example.ORG", email_verified=True, name="  Mira \n Holm ", iat=NOW.timestamp(), aud=["x", CHAT])
    assert believed(signed(told)) == Known("customer 7", "mira@example.org", True, "Mira Holm")
    assert believed(signed(claims(email="mira@example.org"))) == Known("customer 7", "mira@example.org", False, None)
    assert believed(signed(claims(email="mira@example.org", email_verified="true"))).email_verified is False
    assert believed(signed(claims()), f"{KEY[::-1]}  {KEY}") == Known("customer 7"), "the old key, while it is changed"


SKEWED = NOW.timestamp() + 59
REFUSED: list[tuple[str, str]] = [
    (signed(claims(), KEY[::-1]), "not signed"),
    (signed(claims()).rpartition(".")[0] + ".", "not signed"),
    (signed(claims(), header={"alg": "none"}), "no JSON Web Token"),
    (signed(claims(), header={"alg": "HS512"}), "no JSON Web Token"),
    (signed(claims(), header={"alg": "HS256", "crit": ["exp"]}), "no JSON Web Token"),
    (f"{part({'alg': 'none'})}.{part(claims())}.", "no JSON Web Token"),
    (signed(claims(aud="cha_2")), "aud is not"),
    (signed(claims(aud=...)), "aud is not"),
    (signed(claims(aud={"cha_1": 1})), "aud is not"),
    (signed(claims(exp=...)), "no exp"),
    (signed(claims(exp=NOW.timestamp() - 60)), "has ended"),
    (signed(claims(exp=NOW.timestamp() + 3_661)), "longer than an hour"),
    (signed(claims(exp=True)), "no number"),
    (signed(claims(exp="soon")), "no number"),
    (signed(claims(exp=1e300)), "no number"),
    (signed(claims(exp=float("nan"))), "no number"),
    (signed(claims(nbf=NOW.timestamp() + 61)), "in the future"),
    (signed(claims(iat=NOW.timestamp() + 61)), "in the future"),
    (signed(claims(jti=...)), "no jti"),
    (signed(claims(jti="j" * 201)), "no jti"),
    (signed(claims(sub="  ")), "no sub"),
    (signed(claims(sub=7)), "no sub"),
    (signed(claims(email="mira")), "no address"),
    (signed([claims()]), "no JSON Web Token"),
    (signed(b"[" * 2_900), "no JSON Web Token"),
    (signed(b"\xff\xfe"), "no JSON Web Token"),
    (signed(claims(name="x" * 4_000)), "4,000 characters"),
    ("", "no JSON Web Token"),
    ("a.b", "no JSON Web Token"),
    ("a.b.c.d", "no JSON Web Token"),
    ("ü.ü.ü", "no JSON Web Token"),
    ("a.b.=", "no JSON Web Token"),
]


@pytest.mark.parametrize(("token", "why"), REFUSED)
def test_what_is_not_signed_for_this_chat_and_this_hour_is_not_believed(token: str, why: str) -> None:
    with pytest.raises(NotBelieved, match=why):
        believed(token)


def test_clocks_may_be_a_minute_apart() -> None:
    late = NOW.timestamp() - 59
    assert believed(signed(claims(exp=late, iat=SKEWED, nbf=SKEWED))).subject == "customer 7"
    assert believed(signed(claims(exp=NOW.timestamp() + 3_659))).subject == "customer 7"


def test_without_a_key_nobody_is_known() -> None:
    with pytest.raises(NotBelieved, match="no key"):
        believed(signed(claims(), ""), "")


@given(st.text(max_size=40), st.integers(0, 300))
@settings(max_examples=40)
def test_whatever_is_sent_for_a_token_is_refused_in_words(junk: str, at: int) -> None:
    right = signed(claims())
    for token in (junk, f"{junk}.{junk}.{junk}", right[:at] + junk + right[at:]):
        if token != right:
            with pytest.raises(NotBelieved):
                believed(token)


def test_a_short_key_is_refused(shop: Shop) -> None:
    with pytest.raises(Invalid, match="at least 32"):
        shop.database.run(
            accounts.change,
            KEYRING,
            LiveChatConfig,
            shop.chat.channel_account_id,
            settings={"identity_key": f"{KEY} short"},
            by=shop.ines,
        )


@pytest.mark.promise("CH1", "AC3")
def test_a_known_customer_has_one_conversation_in_every_browser_and_is_a_contact_by_name(known: Served) -> None:
    told = {"email": "mira@example.org", "email_verified": True, "name": "Mira Holm"}
    with arrives(known, token_for(known, "j1", **told)) as phone:
        phone.ready = phone.next("ready")
        asked = phone.say("Where is my bike?")
    with arrives(known, token_for(known, "j2", **told), "b2") as laptop:
        assert [one["text"] for one in laptop.next("ready")["entries"]] == ["Where is my bike?"]
    found = known.shop.database.run(queries.which, asked["conversation"])
    who = known.shop.database.run(who_is, found.contact_id)
    assert (who.name, who.email) == ("Mira Holm", "mira@example.org")
    assert {(one.kind.value, one.value, one.verified) for one in who.identities if one.kind.value != "visitor"} == {
        ("custom", "customer 7", True),
        ("email", "mira@example.org", True),
    }
    assert known.shop.database.run(identified, found)


@pytest.mark.promise("AC3")
def test_what_is_typed_or_only_told_stays_a_claim_also_when_its_owner_proves_it_elsewhere(known: Served) -> None:
    run = known.shop.database.run
    with arrives(known, token_for(known, "j1", email="mira@example.org")) as tab, known.line() as stranger:
        tab.ready = tab.next("ready")
        told = run(queries.which, tab.say("Hello")["conversation"])
        claimed = run(queries.which, stranger.say("I am tobias@example.org")["conversation"])
    assert run(identified, told), "the website says who it is"
    assert [one.kind.value for one in run(who_is, told.contact_id).identities if one.verified] == ["visitor", "custom"]
    run(contacts.describe, claimed.contact_id, email="tobias@example.org", by=Actor.contact(claimed.contact_id))
    mail = Identity(IdentityKind.EMAIL, "tobias@example.org", verified=True, evidence="authenticated mail")
    owner = run(recognise, mail)
    assert owner != claimed.contact_id, "whoever typed somebody's address does not become them when they write a mail"
    assert [one.kind.value for one in run(who_is, claimed.contact_id).identities] == ["visitor"]
    assert [one.other_id for one in run(suggestions_for, owner)] == [claimed.contact_id], "people are asked"
    assert not run(identified, claimed)


@pytest.mark.promise("CH1")
def test_a_token_counts_once_for_the_browser_that_brought_it(known: Served) -> None:
    token = token_for(known, "j1")
    for _ in range(2):
        with arrives(known, token) as tab:
            assert tab.next("ready")["entries"] == [], "the line broke, or the page is shown anew"
    with arrives(known, token, "b2") as thief:
        error = thief.next("error")
    assert (error["code"], "another browser" in error["why"]) == ("identity", True)
    database = known.shop.database
    assert database.run(lambda tx: tx.scalar(select(func.count()).select_from(widget_pass))) == 1
    database.run(lambda tx: tx.execute(widget_pass.update().values(ends_at=tx.now - timedelta(seconds=1))))
    database.run(passes.forget_ended)
    assert database.run(lambda tx: tx.scalar(select(func.count()).select_from(widget_pass))) == 0


def test_a_browser_that_is_known_stays_so_when_the_page_is_older_than_its_token(known: Served) -> None:
    with arrives(known, token_for(known, "j1")) as tab:
        mine = tab.next("ready")["visitor"]
    ended = token_for(known, "j1", exp=known.shop.database.clock.now().timestamp() - 100)
    with arrives(known, ended, visitor=mine) as back:
        assert back.next("ready")["visitor"] == mine
    with arrives(known, token_for(known, "j2"), visitor=mine) as back:
        assert back.next("ready")["visitor"] == mine, "the same customer keeps the token, so that a poll finds its place"
    with known.line(mine) as other:
        assert other.token == mine
    assert visitor_of(KEYRING, known.account, mine, known.shop.database.clock.now() + KNOWN_FOR).known is None
    for forged in (mine[:-3] + "xxx", "known.", "known.ü", "known." + KEYRING.seal({"for": "other"}).decode()):
        assert visitor_of(KEYRING, known.account, forged, NOW).known is None
    assert visitor_of(KEYRING, "cha_other", mine, known.shop.database.clock.now()).known is None
    assert "customer 7" not in mine, "what the website told is not readable in the browser"


def test_over_waiting_requests_a_known_customer_is_known_too_and_a_refusal_says_why(known: Served) -> None:
    with httpx.Client(base_url=f"{known.url}/widget/{known.account}") as http:
        hello = {"visitor": None, "page": {"lang": "en"}, "identity": token_for(known, "j1"), "browser": "b1"}
        token = http.post("/poll", json=hello).json()["frames"][0]["visitor"]
        said = {"t": "message", "clientId": "m1", "text": "Hello"}
        [ack] = http.post("/send", json={**hello, "visitor": token, "frame": said}).json()["frames"]
        found = known.shop.database.run(queries.which, ack["conversation"])
        assert known.shop.database.run(identified, found)
        [error] = http.post("/poll", json={**hello, "browser": "b2"}).json()["frames"]
        assert error["code"] == "identity"
        assert http.post("/send", json={**hello, "frame": said}).status_code == 401
        nonsense: tuple[Any, ...] = (7, [], {"a": 1}, "")
        for wrong in nonsense:
            assert http.post("/poll", json={**hello, "identity": wrong}).json()["frames"][0]["t"] == "ready"


@pytest.mark.promise("OP2")
def test_a_known_customer_who_was_erased_comes_back_as_somebody_new(known: Served) -> None:
    with arrives(known, token_for(known, "j1")) as tab:
        mine = tab.next("ready")["visitor"]
    database = known.shop.database
    was = visitor_of(KEYRING, known.account, mine, database.clock.now())
    mark = fingerprint("visitor", known.account, was.id)
    database.run(lambda tx: tx.execute(erased_name.insert().values(digest=mark, at=tx.now)))
    with known.line(mine) as stranger:
        assert stranger.token != mine
    with arrives(known, token_for(known, "j2"), visitor=mine) as back:
        fresh = visitor_of(KEYRING, known.account, back.next("ready")["visitor"], database.clock.now())
    assert fresh.known == was.known
    assert fresh.id != was.id


def test_the_example_in_the_guide_makes_a_token_that_is_believed() -> None:
    guide = Path("docs/how-to/embed-the-widget.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?) *```", guide, re.DOTALL)
    there: dict[str, Any] = {}
    exec(textwrap.dedent(example), there)
    token = there["identity"]("customer 7", "mira@example.org", "Mira", key=KEY, account=CHAT, now=NOW.timestamp())
    assert believed(token) == Known("customer 7", "mira@example.org", True, "Mira")
    other = there["identity"]("customer 7", "mira@example.org", "Mira", key=KEY, account=CHAT, now=NOW.timestamp())
    assert read_pass(token, keys_in(KEY), CHAT, NOW).id != read_pass(other, keys_in(KEY), CHAT, NOW).id
