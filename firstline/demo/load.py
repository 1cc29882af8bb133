"""Filling an empty account with the demo company, by the product's own verbs and in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from firstline.agent import commands as agents
from firstline.agent.surroundings import SURROUNDINGS
from firstline.channels import accounts
from firstline.channels.livechat.channel import LiveChat
from firstline.channels.livechat.config import LiveChatConfig
from firstline.clocks.commands import set_policy
from firstline.conversations.rules import Place
from firstline.demo import replay, shelf
from firstline.demo.company import World
from firstline.kit.database import Tx
from firstline.kit.secrets import Keyring
from firstline.people import commands as people
from firstline.people.queries import is_set_up
from firstline.people.rules import Actor
from firstline.routing import commands as routing

SINCE = timedelta(days=30)
"""How long the company has used Firstline when the demo begins."""
WORKSPACE = "inbox"
FALLBACK = "service"


PATIENT = {"tell": None, "reassign": None, "alert": 50, "close": 60 * 24}
"""Waiting times in minutes with which the sample conversations stay as they are while one looks around."""


@dataclass(frozen=True)
class Loaded:
    """What was made. ``emails`` are the teammates', the owner's first; all have the password that was given."""

    emails: tuple[str, ...]
    agent_id: str
    channel_account_id: str
    deployment_id: str


def load(tx: Tx, world: World, keyring: Keyring, *, site: str, password: str) -> Loaded | None:
    """Fill an empty account with the demo company; None, and nothing done, where an account is set up already.

    :param site: address of this installation without a slash at its end; citations lead to its ``/demo/help``.
    :param password: what every teammate signs in with. Its requirements are those of :func:`people.passwords.hash_password`.
    """
    if is_set_up(tx):
        return None
    before = replace(tx, now=tx.now - SINCE, followers={}, emitted=0)
    mates, teams = _staff(before, world, password)
    owner = mates[world.teammates[0].id]
    company = world.company
    velo = {"name": company.agent, "company": company.name, "personality": "friendly", "welcome": company.welcome}
    agent_id = agents.create(before, velo, by=owner)
    chat = accounts.connect(
        before,
        keyring,
        LiveChatConfig,
        kind=LiveChat.kind,
        name="Website chat",
        workspace=WORKSPACE,
        settings={"website": f"{site}/demo", "company": company.name},
        by=owner,
    )
    deployment_id = routing.deploy(
        before,
        SURROUNDINGS,
        agent_id=agent_id,
        channel_account_id=chat,
        fallback={"kind": "teams", "ids": [teams[FALLBACK]]},
        by=owner,
    )
    set_policy(before, "chat", PATIENT, by=owner)
    place = Place(chat, WORKSPACE)
    replay.know(before, world, place)
    citations = shelf.fill(before, world, site=site, by=owner)
    replay.live_through(tx, world, replay.Cast(place, SURROUNDINGS, mates, teams, citations))
    tx.emitted += before.emitted
    return Loaded(tuple(one.email for one in world.teammates), agent_id, chat, deployment_id)


def _staff(tx: Tx, world: World, password: str) -> tuple[Mapping[str, Actor], Mapping[str, str]]:
    """The account with teammates and teams; actors and team ids by the world's ids."""
    first, *others = world.teammates
    ids = {
        first.id: people.set_up(
            tx,
            email=first.email,
            password=password,
            name=first.name,
            company=world.company.name,
            timezone=world.company.timezone,
        )
    }
    owner = people.actor_of(tx, ids[first.id])
    people.change_teammate(tx, ids[first.id], title=first.title, by=owner)
    people.change_account(tx, by=owner, languages=list(world.company.languages))
    for one in others:
        ids[one.id] = people.add_teammate(
            tx, name=one.name, email=one.email, password=password, role=one.role, seat=one.seat, title=one.title, by=owner
        )
    teams = {}
    for team in world.teams:
        main = [ids[one.id] for one in world.teammates if one.team == team.id]
        teams[team.id] = people.add_team(tx, team.name, main, by=owner)
    for one in world.teammates:
        for helped in one.helps:
            people.join_team(tx, teams[helped], ids[one.id], main=False, by=owner)
        people.set_available(tx, ids[one.id], one.available, by=owner)
    return {key: people.actor_of(tx, value) for key, value in ids.items()}, teams
