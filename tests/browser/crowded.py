"""Veloria when everything is in use: every list has many rows, long German names, errors, and things that wait."""

from typing import Any

from sqlalchemy import insert, update

from firstline.agent import commands as agents
from firstline.agent.actions import commands as actions
from firstline.agent.connections import commands as models
from firstline.agent.connections import queries as spent
from firstline.agent.connections import spending
from firstline.agent.connections.rules import Spent
from firstline.agent.guidelines import commands as guidelines
from firstline.channels import accounts, attention, dispatching
from firstline.channels.base import Channel
from firstline.channels.custom import commands as registered
from firstline.channels.custom.channel import Custom
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.email import mailboxes
from firstline.channels.email.channel import Email
from firstline.channels.happenings import Problem
from firstline.channels.intake import letters
from firstline.channels.intake.replaying import Replaying
from firstline.channels.livechat.channel import LiveChat
from firstline.channels.planning import Planned
from firstline.channels.tables import raw_delivery
from firstline.channels.whatsapp.channel import WhatsApp
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake, replying
from firstline.conversations.rules import Delivery, Inbound, Place
from firstline.kit.database import Tx
from firstline.knowledge.gaps import commands as gaps
from firstline.knowledge.gaps.tables import gap
from tests.console.office import Office
from tests.world import KEYRING

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung"
QUESTIONS = (
    "Übernimmt ihr beim Fahrradleasing auch die Vollkaskoversicherung für das Lastenrad meiner Schwiegermutter in Österreich?",
    "Can I bring a bike that I bought elsewhere for its yearly inspection?",
    "Wie lange dauert die Zustellung nach Liechtenstein?",
    "Do you take American Express?",
    f"Was steht in der {LONG}?",
)
PEOPLE = ("Maximiliane-Charlotte von Oppeln-Bronikowski", "Jo", "Dr. Friedrich-Wilhelm Schulze-Delitzsch", "Mira Vogt")
SECTIONS = ("tone", "response_style", "scripted_response", "guardrail", "custom")


class Crowded:
    """The office with ``rows`` rows in every list."""

    def __init__(self, office: Office, rows: int = 8) -> None:
        self.office, self.rows, self.run, self.ines = office, rows, office.shop.database.run, office.shop.ines
        self.channels = channels(office)
        office.app.state.channels = self.channels
        office.app.state.replaying = Replaying(office.shop.database, self.channels, KEYRING)
        self.run(self._agent)
        self.accounts = self.run(self._accounts)
        self.run(self._messages)
        self.run(self._letters)
        self.run(self._gaps)

    def _agent(self, tx: Tx) -> None:
        """Models, guidelines, actions and the settings of handoff."""
        made = []
        for n, (name, works) in enumerate((("Modell der Rechtsabteilung in Frankfurt am Main", True), (LONG, False))):
            chosen = {"provider": "compatible", "name": name, "model": f"Mixtral-8x22B-Instruct-v0.{n}-GPTQ"}
            made.append(models.connect(tx, KEYRING, {**chosen, "base_url": "http://10.0.0.7:8080/v1"}, key="sk-1", by=self.ines))
            why = "It answered 401 Unauthorized: {'error': {'code': 'invalid_api_key'}}. Check the key."
            found = {"works": works, "ms": 812, "streams": True, "form": "schema", "message": why}
            models.note_check(tx, made[-1], found, by=self.ines)
        models.choose(tx, self.office.velo, {"primary": made[0], "fallback": made[1]}, by=self.ines)
        models.set_limit(tx, spent.ACCOUNT, {"money": 25.0, "tokens": 2_000_000}, by=self.ines)
        use = spending.Use("u1", made[0], self.office.velo, None, "answer", Spent(1_400_000, 300_000, 21_370_000), 900)
        spending.record(tx, use)
        for n in range(self.rows):
            guidelines.add(tx, self.office.velo, guideline(n), by=self.ines)
            if n == self.rows // 2:
                guidelines.publish(tx, self.office.velo, note="Nach der Besprechung mit der Rechtsabteilung", by=self.ines)
            actions.create(tx, KEYRING, self.office.velo, action(n), {}, by=self.ines)
        agents.set_handoff(tx, self.office.velo, handoff(self.office.shop.service), by=self.ines)

    def _accounts(self, tx: Tx) -> list[str]:
        """Accounts of several kinds; some of them do not work."""
        made = []
        for n in range(self.rows):
            kind = ("email", "whatsapp")[n % 2]
            settings: dict[str, Any] = {"address": f"kundendienst-und-reklamation-{n}@veloria-fahrradmanufaktur.example"}
            servers = {
                "imap_host": "imap.veloria-fahrradmanufaktur.example",
                "smtp_host": "smtp.veloria-fahrradmanufaktur.example",
            }
            settings |= servers | {"name": "Veloria Kundendienst"}
            if kind == "whatsapp":
                settings = {"phone_number_id": f"1000{n}", "waba_id": "7700", "display_number": f"+49 341 5550 1{n:02}"}
            name = f"{'Postfach' if kind == 'email' else 'WhatsApp'} {PEOPLE[n % 4]} {n}"
            made.append(self._connect(tx, kind, name, settings))
            if n % 3 == 0:
                cause = "The server refused the sign-in: 535 5.7.8 Error: authentication failed: (reason unavailable)"
                attention.raise_trouble(tx, made[-1], "sign_in", cause, "Enter the password again, and test the connection.")
        at = mailboxes.begin(tx, made[0], "INBOX", 7, 4000)
        for uid in range(4001, 4001 + self.rows):
            bad = uid % 2 == 0
            why = "The mail is larger than 40 MB." if bad else None
            mailboxes.settle(tx, made[0], at, uid, "tombstone" if bad else "taken", why)
        seen = mailboxes.where(tx, made[0], "INBOX")
        assert seen is not None
        mailboxes.compared(tx, made[0], seen, range(4001, 4001 + self.rows))
        for n in range(self.rows):
            url = "https://integration.veloria-fahrradmanufaktur.example/hooks/firstline/eingang?mandant=4711"
            channel, _secret = registered.register(
                tx,
                KEYRING,
                name=f"{LONG[: 40 + n]} {n}",
                capabilities=Declared(),
                threading=Threading.INTEGRATION_THREAD_ID,
                webhook_url=url,
                webhook_secret=None,
                by=self.ines,
            )
            identifier = DeliveryIdentifier(type="handle", value=f"@veloria_kundendienst_{n}")
            registered.add_account(tx, KEYRING, channel, name=f"Bot {n}", workspace="inbox", identifier=identifier, by=self.ines)
        return made

    def _connect(self, tx: Tx, kind: str, name: str, settings: dict[str, Any]) -> str:
        family = self.channels[kind].capabilities.family
        config = self.channels[kind].config
        known = {key: value for key, value in settings.items() if key in config.model_fields}
        required = {key: "1234567890" for key, field in config.model_fields.items() if field.is_required() and key not in known}
        secret = accounts.secret_fields(config)
        return accounts.connect(
            tx,
            KEYRING,
            config,
            kind=kind,
            name=name,
            workspace="inbox",
            settings=known | {key: value for key, value in required.items() if key not in secret},
            secrets={key: value for key, value in required.items() if key in secret},
            family=family,
            by=self.ines,
        )

    def _messages(self, tx: Tx) -> None:
        """What went out, in every state."""
        states = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED, Delivery.UNKNOWN, Delivery.PENDING)
        for n in range(self.rows):
            account = self.accounts[n % len(self.accounts)]
            sender = Identity(IdentityKind.EMAIL, f"maximiliane.charlotte.von.oppeln-bronikowski{n}@unternehmen.example")
            heard = intake.receive(tx, Place(account, "inbox"), Inbound(sender, QUESTIONS[n % 5], f"in-{n}", PEOPLE[n % 4]))
            entry = replying.reply(tx, heard.conversation_id, f"Guten Tag, hier die Antwort Nummer {n}. {LONG}", self.ines)
            dispatching.prepare(tx, account, entry.id, sender.value, [Planned("Guten Tag, hier die Antwort. " * 8)])
            state = states[n % len(states)]
            why = "(#131026) Message undeliverable: recipient is not a valid WhatsApp user or has not accepted the new terms"
            dispatching.mark(tx, entry.id, 0, state, why if state in (Delivery.FAILED, Delivery.UNKNOWN) else None, attempts=n)

    def _letters(self, tx: Tx) -> None:
        """Deliveries that nobody could read."""
        for n in range(self.rows):
            account = self.accounts[n % len(self.accounts)]
            body = (b'{"object": "whatsapp_business_account", "entry": [' + b'{"id": "' + LONG.encode() * 4 + b'"}, ') * (
                n % 3 + 1
            )
            values = {"channel_account_id": account, "method": "POST", "query": {}, "headers": {}, "body": body, "at": tx.now}
            tx.execute(insert(raw_delivery).values(id=f"raw_{n}", **values))
            detail = f"entry.0.changes.0.value.messages.0: “{LONG}” is no known type of message"
            letters.write(tx, account, f"raw_{n}", 0, Problem(detail, body))

    def _gaps(self, tx: Tx) -> None:
        """Questions without an answer, in topics."""
        for n in range(self.rows):
            alike = str([float(place == n) for place in range(384)])
            for m in range(n % 4 + 1):
                sender = Identity(IdentityKind.VISITOR, f"gap{n}-{m}", self.office.shop.chat.channel_account_id)
                text = f"{QUESTIONS[(n + m) % 5]} ({n}, {m})"
                talk = intake.receive(tx, self.office.shop.chat, Inbound(sender, text, f"gap-{n}-{m}")).conversation_id
                about = {"conversation_id": talk, "turn_id": "trn_1", "language": "de", "reason": "not_covered"}
                made = gaps.note(tx, agent_id=self.office.velo, question=text, **about)
                tx.execute(update(gap).where(gap.c.id == made).values(vector=alike))


def channels(office: Office) -> dict[str, Channel]:
    """What an installation connects."""
    database = office.shop.database
    found: tuple[Channel, ...] = (LiveChat(), Email(database, KEYRING), WhatsApp(database))
    return {one.kind: one for one in (*found, Custom(database, KEYRING, "https://desk.example"))}


def guideline(n: int) -> dict[str, Any]:
    """One of the n-th section."""
    section = SECTIONS[n % len(SECTIONS)]
    made: dict[str, Any] = {"section": section, "title": f"{n + 1}. {PEOPLE[n % 4]} über {LONG}"[:80]}
    made |= {"text": f"Antworte sachlich und nenne nie einen Preis ohne Mehrwertsteuer. {QUESTIONS[n % 5]}"}
    made |= {"priority": ("high", "normal", "low")[n % 3], "enabled": n % 4 != 3}
    if section != "tone":
        made |= {"condition": "Der Kunde fragt nach Leasing, Versicherung oder Gewährleistung", "channels": ("chat", "email")}
        made |= {"examples": QUESTIONS[:3], "words": ("Leasing", LONG)}
    return made


def action(n: int) -> dict[str, Any]:
    """One that calls another system."""
    inputs = [
        {"name": "auftrag", "type": "code", "label": "Auftragsnummer", "required": True},
        {"name": "plz", "type": "text", "label": "Postleitzahl des Lieferorts", "required": False},
    ]
    url = "https://warenwirtschaft.veloria-fahrradmanufaktur.example/api/v3/auftraege/{auftrag}/lieferungen?plz={plz}"
    does: dict[str, Any] = {"kind": "http", "method": "GET", "url": url, "headers": {"Authorization": "Bearer {secret:key}"}}
    return {
        "name": f"auftragsstatus_{n}",
        "title": f"Auftragsstatus und voraussichtliche Lieferung abfragen ({n + 1})",
        "when": "Der Kunde möchte wissen, wo seine Bestellung ist oder wann sie geliefert wird.",
        "examples": QUESTIONS[:2],
        "inputs": inputs,
        "does": does,
        "protection": ("none", "match", "verify", "approve")[n % 4],
        "enabled": n % 3 != 2,
    }


def handoff(team: str) -> dict[str, Any]:
    """Everything is set."""
    topics = [{"about": f"Refunds over {n}00 euros", "examples": ["I want my money back", "refund me now"]} for n in (1, 2, 3)]
    texts = {"en": "A person takes over.", "de": f"Ein Mensch übernimmt. {LONG}"}
    return {
        "destination": {"kind": "teams", "ids": [team]},
        "words": ["Rechtsanwalt", "Schadenersatz", LONG],
        "topics": topics,
        "messages": {"now": texts, "later": texts, "keep": texts},
    }
