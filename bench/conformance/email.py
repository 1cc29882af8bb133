"""Cases 24–33: email. Mails come in by the webhooks of providers, to both Firstlines at once."""

import asyncio
import hashlib
import hmac
import json
import threading
import time
from typing import Any

from bench.conformance.cases import case
from bench.conformance.ground import Ground
from firstline.channels.base import Account
from firstline.channels.email.channel import Email
from firstline.channels.email.quotes import reply_only
from firstline.channels.email.viewing import whole
from firstline.conversations import queries
from firstline.conversations.rules import Entry
from firstline.kit.ids import new_id
from tests.channels.email.letters import MIRA, mail
from tests.channels.email.test_meaning import dsn
from tests.channels.email.test_mime import multipart, part
from tests.channels.email.test_sending import Server

KEY = "hook-key"
QUESTION = "How long can I return a bike?"


class Mailbox:
    """A mailbox of its own for each case, which takes mail by webhook."""

    def __init__(self, ground: Ground, *, agent: bool = False, **settings: Any) -> None:
        self.ground = ground
        self.address = f"box-{new_id('box')[-8:]}@veloria.example"
        given = {"address": self.address, "incoming": "webhook", **settings}
        self.account: Account = ground.connect("email", settings=given, secrets={"webhook_secret": KEY})
        channel = ground.first.app.state.channels["email"]
        assert isinstance(channel, Email)
        self.signer = channel.signer
        if agent:
            self._deploy()

    def _deploy(self) -> None:
        if "email_agent" not in self.ground.shared:
            self.ground.shared["email_agent"], _ = self.ground.first.agent(self.account.id)
            return
        deployed = {"agent_id": self.ground.shared["email_agent"], "channel_account_id": self.account.id}
        self.ground.first.post("/deployments", **deployed)

    def hook(self, provider: str) -> str:
        return f"/hooks/email/{self.account.id}/{provider}"

    def gets(self, raw: bytes) -> None:
        """SendGrid delivers a raw mail to both at once."""
        body = b'--xYz\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + raw + b"\r\n--xYz--\r\n"
        headers = {"content-type": "multipart/form-data; boundary=xYz"}
        statuses = self.ground.deliver_to_both(self.hook(f"sendgrid?secret={KEY}"), body, headers)
        assert statuses == [200, 200], statuses

    def mailgun(self, raw: bytes, token: str, key: str = KEY) -> int:
        stamp = str(int(time.time()))
        signature = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
        fields = {"timestamp": stamp, "token": token, "signature": signature, "body-mime": raw.decode()}
        body = b"".join(f'--xYz\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
        headers = {"content-type": "multipart/form-data; boundary=xYz"}
        return self.ground.deliver(self.hook("mailgun/mime"), body + b"--xYz--\r\n", headers).status_code

    def said(self) -> list[Entry]:
        return self.ground.said(self.account)

    def texts(self) -> list[str]:
        return [one.text for one in self.said()]

    def answers(self) -> list[Entry]:
        return [one for one in self.said() if one.direction == "out"]

    def is_given_up(self, talk: str) -> bool:
        found = self.ground.shop.database.run(queries.which, talk)
        return found.agent_id is not None and not found.held_by_agent

    def reply_address(self, talk: str, customer: str = MIRA) -> str:
        return self.signer.reply_address(self.address, self.account.id, talk, customer)


@case(24, "out-of-office with and without headers, list mail, a bounce, our own mail looped back: no answer")
def machines(ground: Ground) -> None:
    box = Mailbox(ground, agent=True)
    box.gets(mail(QUESTION, sender="a@one.example", message_id="<1@x>", auto_submitted="auto-replied"))
    box.gets(mail(QUESTION, sender="b@two.example", message_id="<2@x>", subject="Out of office: bikes"))
    box.gets(mail(QUESTION, sender="c@three.example", message_id="<3@x>", list_id="<news.example>"))
    box.gets(dsn(box.signer.message_id(new_id("ent"), box.account.id, "veloria.example")))
    box.gets(
        mail(QUESTION, sender=box.address, to=MIRA, message_id=box.signer.message_id(new_id("ent"), box.account.id, "v.example"))
    )
    box.gets(mail(QUESTION, sender="d@four.example", message_id="<4@x>"))
    ground.until(box.answers)
    talks = {one.conversation_id for one in box.answers()}
    heard = {one.conversation_id for one in box.said() if one.direction == "in" and one.quiet}
    assert len(talks) == 1, talks
    assert len(heard) == 3, heard
    assert not talks & heard


@case(25, "two responders that say nothing of themselves: the breaker stops after its limit")
def breaker(ground: Ground) -> None:
    box = Mailbox(ground, agent=True, hourly_limit=1)
    box.gets(mail(QUESTION, message_id="<0@x>"))
    ground.until(box.answers)
    (talk,) = ground.talks(box.account)
    for number in range(1, 4):
        box.gets(mail(f"We look into it, case {number}. {QUESTION}", message_id=f"<{number}@x>", to=box.reply_address(talk)))
    assert box.is_given_up(talk)
    assert len(box.answers()) == 1, len(box.answers())
    second = [one for one in box.said() if one.direction == "in"][1]
    assert "may be a loop" in second.data["mail"]["not_answered"]


@case(26, "reply token in Cc and upper-cased: found; forged: rejected; by a stranger: a conversation of their own")
def tokens(ground: Ground) -> None:
    box = Mailbox(ground)
    box.gets(mail("First", message_id="<0@x>"))
    (talk,) = ground.talks(box.account)
    address = box.reply_address(talk)
    box.gets(mail("In Cc", message_id="<1@x>", cc=address))
    box.gets(mail("Upper", message_id="<2@x>", to=address.upper()))
    assert ground.talks(box.account) == [talk]
    local, _, domain = address.partition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    box.gets(mail("Forged", message_id="<3@x>", to=forged))
    box.gets(mail("Stranger", sender="eve@evil.example", message_id="<4@x>", to=address))
    assert len(ground.talks(box.account)) == 3
    first = {one.text for one in box.said() if one.conversation_id == talk}
    assert first == {"First", "In Cc", "Upper"}, first


@case(27, "In-Reply-To with three ids, References only: found; no ids, same subject, other sender: a new conversation")
def references(ground: Ground) -> None:
    box = Mailbox(ground)
    box.gets(mail("First", message_id="<0@x>"))
    (talk,) = ground.talks(box.account)
    box.gets(mail("Three", message_id="<1@x>", in_reply_to="<a@x> your mail <0@x> <b@x>"))
    box.gets(mail("References", message_id="<2@x>", references="<0@x> <unknown@x>"))
    assert ground.talks(box.account) == [talk]
    box.gets(mail("Same subject", sender="tom@other.example", message_id="<3@x>", subject="Re: Winter tyres"))
    assert len(ground.talks(box.account)) == 2


@case(28, "malformed From and Message-ID, unknown charset, no date, no body, 5,000 parts, depth 100: no crash, capped")
def malformed(ground: Ground) -> None:
    box = Mailbox(ground)
    box.gets(mail("Lost", sender="<[x]>"))
    box.gets(mail("Strange id", message_id="<[id@x]>", date=""))
    box.gets(mail("Charset", message_id="<2@x>", content_type="text/plain; charset=x-unknown-8bit"))
    box.gets(mail("", message_id="<3@x>"))
    head = f"Message-ID: <4@x>\r\nFrom: {MIRA}\r\n".encode()
    box.gets(head + multipart(*[part(b"x")] * 5_000).partition(b"\r\n")[2])
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(100))
    box.gets(head.replace(b"<4@x>", b"<5@x>") + deep)
    found = box.said()
    assert len(found) == 5, box.texts()
    assert sum(bool(one.data["mail"].get("notes")) for one in found) == 2
    assert ground.letters(box.account)


@case(29, "a hostile quote of 62 kB is done in under a second")
def hostile(ground: Ground) -> None:
    box = Mailbox(ground)
    text = ("On " * 20_000 + "\n" + "> x\n" * 500)[:62_000]
    assert min(_effort(text) for _ in range(3)) < 1.0
    box.gets(mail(text))
    assert len(box.said()) == 1


def _effort(text: str) -> float:
    """Seconds of processor time for taking the reply out of a mail's text."""
    began = time.thread_time()
    reply_only(text)
    return time.thread_time() - began


@case(30, "a cid image has an internal address, a remote one is blocked, hidden text is not given to the model")
def pictures(ground: Ground) -> None:
    box = Mailbox(ground)
    html = b'<p>Hello<span style="display:none">secret</span></p><img src="cid:a@b"><img src="https://t.example/p.gif">'
    image = part(b"\x89PNG\r\n\x1a\n" + b"0" * 40, "image/png", Content_ID="<a@b>")
    head = f"From: {MIRA}\r\nMessage-ID: <1@x>\r\n".encode()
    box.gets(head + multipart(part(html, "text/html"), image, kind="related").partition(b"\r\n")[2])
    (one,) = box.said()
    assert one.text == "Hello", one.text
    shown = ground.shop.database.run(lambda tx: whole(tx, ground.keyring, one.id, with_remote=False))
    assert 'src="/mail-images/' in shown.html
    assert "t.example" not in shown.html


@case(31, "a forged Authentication-Results below ours is ignored; dmarc=fail: not proven, not answered")
def authentication(ground: Ground) -> None:
    box = Mailbox(ground, trusted_servers=["mx.veloria.example"])
    ours = b"Authentication-Results: mx.veloria.example; dmarc=fail header.from=customer.example\r\n"
    forged = b"Authentication-Results: mx.veloria.example; dmarc=pass header.from=customer.example\r\n"
    box.gets(ours + forged + mail("Give me her address"))
    (one,) = box.said()
    assert one.data["sender_proven"] is False
    assert one.data["mail"]["authentication"] == "failed"
    assert one.quiet


@case(32, "a replayed Mailgun token, a foreign SES topic: refused; a SendGrid field in windows-1252: read")
def providers(ground: Ground) -> None:
    box = Mailbox(ground, topic="arn:aws:sns:eu-west-1:1:ours")
    token = new_id("t") * 2
    assert box.mailgun(mail("Genuine", message_id="<1@x>"), token) == 200
    assert box.mailgun(mail("Forged under the same token", message_id="<2@x>"), token) == 200
    assert box.mailgun(mail("Wrong key", message_id="<3@x>"), new_id("t"), "other") == 401
    assert box.texts() == ["Genuine"], box.texts()
    foreign = json.dumps({"Type": "SubscriptionConfirmation", "TopicArn": "arn:evil", "SubscribeURL": "https://evil.example"})
    assert ground.deliver(box.hook("ses"), foreign.encode(), {}).status_code == 401
    fields = {"from": MIRA.encode(), "text": "Grüße – 5 €".encode("cp1252"), "charsets": b'{"text": "windows-1252"}'}
    body = b"".join(
        f'--xYz\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n'.encode() + v + b"\r\n" for k, v in fields.items()
    )
    headers = {"content-type": "multipart/form-data; boundary=xYz"}
    ground.deliver_to_both(box.hook(f"sendgrid?secret={KEY}"), body + b"--xYz--\r\n", headers)
    assert box.texts()[-1] == "Grüße – 5 €"


@case(33, "the connection drops after DATA: the retry has the same Message-ID")
def drop(ground: Ground) -> None:
    server, port = _dropping()
    box = Mailbox(ground, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    box.gets(mail("Hello"))
    (talk,) = ground.talks(box.account)
    ground.first.post(f"/conversations/{talk}/messages", text="Hello Mira")
    ground.until(lambda: server.content)
    first = _id_in(server.content)
    server.content = b""
    server.answers.clear()
    ground.until(lambda: server.content)
    assert _id_in(server.content) == first
    ground.until(lambda: box.answers()[0].delivery == "sent")


def _id_in(content: bytes) -> bytes:
    return next(line for line in content.splitlines() if line.lower().startswith(b"message-id:"))


def _dropping() -> tuple[Server, int]:
    """A mail server in a thread that drops the connection after the mail, until told otherwise."""
    server, ready, ports = Server(end="drop"), threading.Event(), []

    async def serve() -> None:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        ports.append(listening.sockets[0].getsockname()[1])
        ready.set()
        await listening.serve_forever()

    threading.Thread(target=asyncio.run, args=(serve(),), daemon=True).start()
    ready.wait(5)
    return server, ports[0]
