"""Email from a customer's question to the end, over real mail servers: nothing of the product stands in."""

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from firstline.channels.email.tables import mailbox_folder
from tests.channels.email.servers import PASSWORD, USERS, Post
from tests.product.running import Product
from tests.world import Shop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mail servers")]
SERVICE, WORKSHOP, SAMIRA, MIRA, _ = USERS


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Iterator[Product]:
    with Product(shop, tmp_path).running() as running:
        yield running


class Customer:
    """Mira with her mail program."""

    def __init__(self, post: Post, product: Product, address: str = MIRA) -> None:
        self.post, self.product, self.address = post, product, address
        self.got: list[EmailMessage] = []

    def writes(self, text: str, *, answers: EmailMessage | None = None, **headers: str) -> EmailMessage:
        made = EmailMessage()
        made["From"] = f"Mira Holm <{self.address}>"
        made["To"] = str(answers["Reply-To"]) if answers else SERVICE
        made["Subject"] = str(answers["Subject"]) if answers else "A question"
        made["Message-ID"] = make_msgid(domain="customer.example")
        if answers:
            made["In-Reply-To"] = str(answers["Message-ID"])
        for name, value in headers.items():
            made[name.replace("_", "-")] = value
        quoted = "\n".join(f"> {line}" for line in body(answers).splitlines()) if answers else ""
        made.set_content(f"{text}\n\nOn Thu, 26 Nov 2026 at 10:00, Veloria <{SERVICE}> wrote:\n{quoted}\n" if answers else text)
        self.post.hand_in(self.address, str(made["To"]), made.as_bytes(policy=policy.SMTP))
        return made

    def gets(self) -> EmailMessage:
        """The next mail."""
        raw = self.post.mails(self.address, count=len(self.got) + 1, seconds=30)
        found = email.message_from_bytes(raw[len(self.got)], policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        return found


def body(mail: EmailMessage | None, kind: str = "plain") -> str:
    part = mail.get_body((kind,)) if mail is not None else None
    return str(part.get_content()) if part is not None else ""


def connect(product: Product, post: Post, address: str = SERVICE, **settings: Any) -> str:
    """A mailbox, watched."""
    made = product.post(
        "/channel-accounts",
        kind="email",
        name=address,
        workspace="inbox",
        settings=post.settings(address, **settings),
        secrets={"password": PASSWORD},
    )
    return str(made["id"])


def watched(product: Product, *accounts: str) -> None:
    """The mailboxes have been looked at."""

    def look() -> bool:
        query = select(func.count(mailbox_folder.c.channel_account_id.distinct())).where(mailbox_folder.c.folder == "INBOX")
        return bool(product.shop.database.run(lambda tx: tx.scalar(query)) == len(accounts))

    product.until(look)


@pytest.mark.promise("CH2", "CH9", "AN1", "HO4", "HO6", "HO9")
def test_question_grounded_answer_request_for_a_person_handoff_reply_and_close(product: Product, post: Post) -> None:
    account = connect(product, post)
    product.agent(account, fallback={"kind": "teammates", "ids": [product.shop.samira.id]})
    watched(product, account)
    mira = Customer(post, product)

    mira.writes("How long can I return a bike?")
    answer = mira.gets()
    assert "30 days" in body(answer)
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["Subject"] == "Re: A question"

    mira.writes("Can I talk to a human please?", answers=answer)
    handed = product.until(lambda: _with(product, "handoff"))
    assert handed["owner"]["kind"] in ("teammate", "team", "nobody")
    assert len(post.mails(MIRA)) == 1  # no separate handoff mail, unless it is set (HO4)

    product.post(f"/conversations/{handed['id']}/messages", text="Hello Mira, Ines here. Bring it on Friday.")
    reply = mira.gets()
    assert body(reply).startswith("Hello Mira, Ines here.")
    assert reply["Auto-Submitted"] is None
    assert answer["Message-ID"] in reply["References"]

    mira.writes("Thanks, see you then.", answers=reply)
    product.until(lambda: "Thanks, see you then." in _texts(product, handed["id"]))
    product.post(f"/conversations/{handed['id']}/close")
    closed = product.get(f"/conversations/{handed['id']}")
    assert closed["status"] == "closed"
    sent = [one["delivery"] for one in closed["timeline"] if one["kind"] == "message" and one["by"]["kind"] != "contact"]
    assert sent == ["sent", "sent"]
    assert len(product.get("/conversations")["items"]) == 1


@pytest.mark.promise("CH2")
def test_two_mailboxes_that_answer_each_other_stop_within_two_messages(product: Product, post: Post) -> None:
    first = connect(product, post, SERVICE, mark_automatic=False)
    second = connect(product, post, WORKSHOP, mark_automatic=False)
    product.agent(first)
    agent = product.get("/agents")["items"][0]["id"]
    product.post("/deployments", agent_id=agent, channel_account_id=second)
    watched(product, first, second)
    Customer(post, product, WORKSHOP).writes("How long can I return a bike?")
    post.mails(WORKSHOP, count=1, seconds=30)

    def heard() -> Any:
        return [one for one in product.get("/conversations")["items"] if one["channel_account_id"] == second]

    product.until(heard)
    answers = [one for found in product.get("/conversations")["items"] for one in _answers(product, found["id"])]
    assert len(answers) <= 2


def _with(product: Product, kind: str) -> Any:
    for found in product.get("/conversations")["items"]:
        whole = product.get(f"/conversations/{found['id']}")
        if any(one["kind"] == kind for one in whole["timeline"]):
            return whole
    return None


def _texts(product: Product, conversation_id: str) -> list[str]:
    return [one["text"] for one in product.get(f"/conversations/{conversation_id}")["timeline"]]


def _answers(product: Product, conversation_id: str) -> list[str]:
    timeline = product.get(f"/conversations/{conversation_id}")["timeline"]
    return [one["text"] for one in timeline if one["kind"] == "message" and one["by"]["kind"] == "agent"]
