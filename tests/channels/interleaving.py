"""The agent, people, deliveries and workers do what they do in any order; no word of the agent leaves after a person's came."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from firstline.channels.base import Account, Channel, Outbound, RawRequest
from firstline.channels.deliver import Outbox
from firstline.channels.intake import Intake
from firstline.channels.intake.backlog import Backlog, keep_for_later
from firstline.channels.interrupting import WITHDRAWN
from firstline.conversations import queries, replying
from firstline.conversations.record import locked
from firstline.conversations.tables import conversation
from firstline.kit.database import Tx
from firstline.people.rules import Actor
from tests.world import KEYRING, Shop

VELO = Actor.agent("agt_velo", "Velo")


class Run(ABC):
    """One customer of an account with whom the agent talks, with everything that happens noted in order.

    Whoever makes it has the customer write first, and then has the agent given the conversation by :meth:`begins`.
    """

    def __init__(self, shop: Shop, account: Account, channel: Channel) -> None:
        self.shop, self.account, self.channel = shop, account, channel
        self.log: list[tuple[str, str]] = []
        self.talk = ""

    def begins(self) -> None:
        """The newest conversation of the account is this customer's; the agent has it."""
        newest = select(conversation.c.id).where(conversation.c.channel_account_id == self.account.id)
        self.talk = str(self.shop.database.run(lambda tx: tx.scalar(newest.order_by(conversation.c.id.desc()))))
        self.shop.gives_to_agent(self.talk)

    def left_now(self, message: Outbound) -> None:
        """The provider has it."""
        self.log.append(("left", message.entry_id))

    def agent_says(self) -> None:
        """The agent commits a message, if it has the conversation."""

        def say(tx: Tx) -> str | None:
            found = locked(tx, self.talk)
            return replying.agent_reply(tx, found, "Velo here.", VELO, {}, turn_id="trn_1").id if found.held_by_agent else None

        if said := self.shop.database.run(say):
            self.log.append(("committed", said))

    def keeps(self, request: RawRequest) -> None:
        """A delivery arrives and is not applied yet."""
        self.shop.database.run(keep_for_later, self.account, [request], self.channel)

    def person_writes(self) -> None:
        """A delivery arrives: one of our people has written to this customer elsewhere."""
        self.keeps(self.word_of_a_person())
        self.log.append(("person", ""))

    @abstractmethod
    def word_of_a_person(self) -> RawRequest:
        """What arrives when one of our people has written to this customer elsewhere."""

    @abstractmethod
    def somebody_else_writes(self) -> None:
        """A delivery arrives: one of our people has written to another customer."""

    def applies(self) -> None:
        """What has arrived is applied."""
        parser = Intake(self.shop.database, {self.account.kind: self.channel}).parser
        asyncio.run(Backlog(self.shop.database, parser, KEYRING).take_in(self.account.id))
        self.log.append(("applied", ""))

    def returned(self) -> None:
        """A teammate gives the conversation back, once nothing waits."""
        self.applies()
        self.shop.gives_to_agent(self.talk)

    def delivers(self) -> None:
        """A worker sends what there is to send."""
        asyncio.run(Outbox(self.shop.database, {self.account.kind: self.channel}, KEYRING).deliver(self.talk))

    def noted(self, what: str) -> list[str]:
        """The entries that were committed, or that left."""
        return [entry for one, entry in self.log if one == what]


ACTS: dict[str, Callable[[Run], None]] = {
    "agent": Run.agent_says,
    "person": Run.person_writes,
    "other": lambda run: run.somebody_else_writes(),
    "apply": Run.applies,
    "deliver": Run.delivers,
    "return": Run.returned,
}


def no_word_leaves_after_a_persons(runs: st.SearchStrategy[Callable[[], Run]]) -> None:
    """In whatever order things happen; what does not leave is withdrawn, and says so."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(sorted(ACTS)), max_size=12), runs)
    def holds(acts: list[str], new: Callable[[], Run]) -> None:
        run = new()
        for act in (*acts, "apply", "deliver"):
            ACTS[act](run)
        for at, (what, entry) in enumerate(run.log):
            if what == "left":
                between = [one for one, _ in run.log[run.log.index(("committed", entry)) : at]]
                assert "person" not in between, run.log
        for entry in set(run.noted("committed")) - set(run.noted("left")):
            found = run.shop.database.run(queries.one_entry, entry)
            assert (found.delivery, found.delivery_reason) == ("failed", WITHDRAWN)

    holds()
