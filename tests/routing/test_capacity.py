"""Capacity, separately for calls, messaging and email; the board and the queues (RT3, RT5)."""

from dataclasses import replace
from typing import Any

import pytest

from firstline.channels import accounts
from firstline.conversations.rules import Place
from firstline.kit.errors import Forbidden, Invalid, NotFound
from firstline.people.rules import Permission
from firstline.routing import board, receivers
from firstline.routing.capacity import capacity_of, set_capacity
from firstline.routing.workload import Capacity, Work, work_of
from tests.routing.company import Company
from tests.world import KEYRING, AnySettings, Shop


def limit(company: Company, teammate_id: str, **limits: Any) -> None:
    company.database.run(set_capacity, teammate_id, limits, by=company.shop.ines)


def mailbox(company: Company) -> Company:
    """The same company at its mailbox."""
    shop = company.shop
    account = shop.database.run(
        accounts.connect,
        KEYRING,
        AnySettings,
        kind="email",
        name="Service mailbox",
        workspace="inbox",
        settings={},
        family="email",
        by=shop.ines,
    )
    return Company(Shop(**{**vars(shop), "chat": Place(account, "inbox")}), company.velo)


def to_samira(company: Company) -> None:
    company.deploys(coverage=0, fallback=company.only(company.shop.samira.id))


@pytest.mark.promise("RT5")
def test_capacity_is_counted_separately_for_messaging_and_email(company: Company) -> None:
    samira = company.shop.samira.id
    mail = mailbox(company)
    for place in (company, mail):
        to_samira(place)
    limit(company, samira, messaging=2, email=1)
    chats = [company.hears(visitor=f"v{n}") for n in range(3)]
    mails = [mail.hears(visitor=f"m{n}") for n in range(2)]
    assert [company.owner(one)[0] for one in chats] == ["teammate", "teammate", "nobody"]
    assert [company.owner(one)[0] for one in mails] == ["teammate", "nobody"]
    desk = next(one for one in company.database.run(board.desks) if one.presence.id == samira)
    assert desk.load == {Work.CALLS: 0, Work.MESSAGING: 2, Work.EMAIL: 1}
    assert [desk.full(work) for work in Work] == [False, True, True]


@pytest.mark.promise("RT3", "RT5")
def test_more_room_lets_the_longest_waiting_in(company: Company) -> None:
    samira = company.shop.samira.id
    to_samira(company)
    limit(company, samira, messaging=0)
    first, second = company.hears(visitor="a"), company.hears(visitor="b")
    limit(company, samira, messaging=1)
    assert company.database.run(receivers.assign_waiting, first)
    assert not company.database.run(receivers.assign_waiting, second)
    assert company.owner(first) == ("teammate", samira)


def test_limits_that_are_none_are_refused_and_what_is_not_named_stays(company: Company) -> None:
    samira = company.shop.samira.id
    limit(company, samira, messaging=3, email=4)
    limit(company, samira, email=None)
    for wrong in ({"messaging": -1}, {"messaging": 1001}, {"messaging": "3"}, {"messaging": True}, {"letters": 1}):
        with pytest.raises(Invalid):
            limit(company, samira, **wrong)
    with pytest.raises(NotFound):
        limit(company, "tmt_nobody", messaging=1)
    with pytest.raises(Forbidden, match="Availability management"):
        company.database.run(set_capacity, samira, {"messaging": 9}, by=company.shop.samira)
    assert company.database.run(capacity_of, samira) == Capacity(messaging=3)


@pytest.mark.promise("RT3")
def test_a_queue_shows_who_waits_for_whom_since_when(company: Company) -> None:
    company.deploys(coverage=0, fallback=company.service())
    company.is_away(company.shop.samira.id)
    waiting = company.hears("My chain is broken")
    queues = company.database.run(board.queues, company.shop.ines)
    service = next(queue for queue in queues if queue.team_id == company.shop.service)
    assert [one.conversation_id for one in service.waits] == [waiting]
    assert (service.available, service.members, service.longest_since) == (0, 1, service.waits[0].since)
    assert [len(queue.waits) for queue in queues if queue.team_id != company.shop.service] == [0, 0]
    elsewhere = replace(company.shop.jonas, permissions=frozenset({Permission.USE_HELP_DESK}))
    assert [queue.waits for queue in company.database.run(board.queues, elsewhere)] == [(), (), ()]


def test_families_are_kinds_of_work() -> None:
    assert [work_of(family) for family in ("chat", "messaging", "email", "call", "custom", "")] == [
        Work.MESSAGING,
        Work.MESSAGING,
        Work.EMAIL,
        Work.CALLS,
        Work.MESSAGING,
        Work.MESSAGING,
    ]
