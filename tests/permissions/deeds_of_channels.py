"""Deeds on channels, deployments, credits and contacts."""

from typing import Any

from sqlalchemy import insert, select

from firstline.agent.surroundings import SURROUNDINGS
from firstline.channels import accounts, attention
from firstline.channels.custom import commands as custom
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.email.tables import mail_address
from firstline.channels.happenings import Problem
from firstline.channels.intake import letters
from firstline.channels.tables import raw_delivery
from firstline.contacts import commands as contacts
from firstline.contacts.holding import refuse
from firstline.contacts.recognising import recognise
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations import intake, merging
from firstline.conversations.rules import Inbound
from firstline.credits import commands as credits
from firstline.credits import holding, packs
from firstline.credits.tables import ledger
from firstline.kit.database import Tx
from firstline.routing import commands as routing
from tests.permissions.scene import Deed, Given, Scene, given
from tests.world import KEYRING, AnySettings

REGISTERED: dict[str, Any] = {
    "name": "Shop floor",
    "capabilities": Declared(),
    "threading": Threading.DELIVERY_IDENTIFIER,
    "webhook_url": None,
    "webhook_secret": None,
}
CONNECTED: dict[str, Any] = {"kind": "live_chat", "name": "Second chat", "workspace": "inbox", "settings": {}}


def _custom(tx: Tx, scene: Scene) -> str:
    return custom.register(tx, KEYRING, by=scene.by, **REGISTERED)[0]


def _noted(tx: Tx, scene: Scene) -> Given:
    attention.note(tx, scene.chat, "quality", "Quality is low.", "Send less.")
    return given(scene.chat, "quality")


def _refused(tx: Tx, scene: Scene) -> Given:
    """A customer who wrote, and to whom a message was refused because another phone has the address."""
    sender = Identity(IdentityKind.VISITOR, "v-7", scene.chat)
    heard = intake.receive(tx, scene.shop.chat, Inbound(sender=sender, text="Hello", provider_id="in_7"))
    refuse(tx, sender, None)
    return given(heard.conversation_id)


def _letter(tx: Tx, scene: Scene) -> str:
    came = {"method": "POST", "query": {}, "headers": {}, "body": b"{", "at": tx.now}
    tx.execute(insert(raw_delivery).values(id="raw_1", channel_account_id=scene.chat, **came))
    letters.write(tx, scene.chat, "raw_1", 0, Problem("It is not JSON.", b"{"))
    return letters.waiting(tx, scene.by)[0].id


def _discarded(tx: Tx, scene: Scene) -> Given:
    made = _letter(tx, scene)
    letters.discard(tx, made, by=scene.by)
    return given(made)


def _bounced(tx: Tx, scene: Scene) -> Given:
    tx.execute(insert(mail_address).values(address="mira@example.org", state="bounced", at=tx.now))
    return given("mira@example.org")


def _contact(tx: Tx, scene: Scene, name: str = "Mira") -> str:
    return contacts.create(tx, name=name, email=f"{name.lower()}@example.org", by=scene.by)


def _two(tx: Tx, scene: Scene) -> Given:
    return given(_contact(tx, scene), _contact(tx, scene, "Miriam"))


def _merged(tx: Tx, scene: Scene) -> Given:
    return given(merging.merge(tx, _contact(tx, scene), _contact(tx, scene, "Miriam"), by=scene.by))


def _alike(tx: Tx, scene: Scene) -> Given:
    known = _contact(tx, scene)
    recognise(tx, Identity(IdentityKind.CUSTOM, "u1", "cha"), aliases=(Identity(IdentityKind.EMAIL, "mira@example.org"),))
    return given(merging.suggestions_for(tx, known)[0].id)


def _charged(tx: Tx, scene: Scene) -> Given:
    holding.take(tx, "cnv_1")
    holding.charge(tx, "cnv_1")
    charge = select(ledger.c.id).where(ledger.c.kind == "charge")
    return given(tx.scalar(charge), "A wrong answer")


def _sizes(tx: Tx, scene: Scene) -> Given:
    credits.change_settings(tx, {"packs": [5, 20]}, by=scene.by)
    return given(20)


def _packed(tx: Tx, scene: Scene) -> Given:
    packs.buy(tx, *_sizes(tx, scene).args, by=scene.by)
    return given(5)


def _deployed(tx: Tx, scene: Scene) -> str:
    return routing.deploy(tx, SURROUNDINGS, agent_id=scene.velo, channel_account_id=scene.chat, by=scene.by)


def _second_chat(tx: Tx, scene: Scene) -> str:
    return accounts.connect(tx, KEYRING, AnySettings, by=scene.by, **CONNECTED)


DEEDS: dict[str, Deed] = {
    "channels.accounts.change": lambda tx, s: given(KEYRING, AnySettings, s.chat, name="Chat"),
    "channels.accounts.connect": lambda tx, s: given(KEYRING, AnySettings, **CONNECTED),
    "channels.accounts.remove": lambda tx, s: given(_second_chat(tx, s)),
    "channels.attention.dismiss": _noted,
    "channels.confirming.confirm": _refused,
    "channels.custom.commands.add_account": lambda tx, s: given(
        KEYRING, _custom(tx, s), name="Desk", workspace="inbox", identifier=DeliveryIdentifier(value="desk-1")
    ),
    "channels.custom.commands.archive": lambda tx, s: given(_custom(tx, s)),
    "channels.custom.commands.change": lambda tx, s: given(KEYRING, _custom(tx, s), name="Counter"),
    "channels.custom.commands.forget_old_secrets": lambda tx, s: given(KEYRING, _custom(tx, s)),
    "channels.custom.commands.register": lambda tx, s: given(KEYRING, **REGISTERED),
    "channels.custom.commands.rotate": lambda tx, s: given(KEYRING, _custom(tx, s)),
    "channels.email.mailboxes.repair": lambda tx, s: given(s.chat),
    "channels.rereading.commands.ask": lambda tx, s: given(s.chat),
    "channels.email.outgoing.reaches_again": _bounced,
    "channels.intake.letters.discard": lambda tx, s: given(_letter(tx, s)),
    "channels.intake.letters.replay": lambda tx, s: given(_letter(tx, s), accounts.which(tx, s.chat), lambda *_: []),
    "channels.intake.letters.restore": _discarded,
    "clocks.commands.set_policy": lambda tx, s: given("chat", {"tell": 4}),
    "erasing.commands.erase": lambda tx, s: given(_contact(tx, s)),
    "contacts.commands.create": lambda tx, s: given(name="Mira", email="mira@example.org"),
    "contacts.commands.describe": lambda tx, s: given(_contact(tx, s), name="Mira Falk"),
    "contacts.commands.set_owner": lambda tx, s: given(_contact(tx, s), s.samira),
    "conversations.merging.dismiss": _alike,
    "conversations.merging.merge": _two,
    "conversations.merging.unmerge": _merged,
    "credits.commands.change_settings": lambda tx, s: given({"allowance": 77}),
    "credits.commands.grant": lambda tx, s: given(5, "Goodwill"),
    "credits.commands.refund": _charged,
    "credits.commands.switch": lambda tx, s: given(False),
    "credits.packs.buy": _sizes,
    "credits.packs.choose_for_next_period": _packed,
    "routing.capacity.set_capacity": lambda tx, s: given(s.samira, {"messaging": 3}),
    "routing.commands.change": lambda tx, s: given(SURROUNDINGS, _deployed(tx, s), {"coverage": 50}),
    "routing.commands.deploy": lambda tx, s: given(SURROUNDINGS, agent_id=s.velo, channel_account_id=s.chat),
    "routing.commands.remove": lambda tx, s: given(_deployed(tx, s)),
    "routing.commands.route_account": lambda tx, s: given(SURROUNDINGS, s.chat, {"kind": "teams", "ids": [s.shop.service]}),
}
