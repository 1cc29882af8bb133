"""Managers are told by mail of customers who have waited too long."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from firstline.agent.surroundings import SURROUNDINGS
from firstline.clocks import commands
from firstline.clocks.alerting import Alerts
from firstline.clocks.jobs import Clocks
from firstline.conversations import ownership
from firstline.conversations.rules import Owner, OwnerKind
from firstline.kit.clock import FixedClock
from firstline.people import commands as people
from firstline.people import roles
from firstline.people.tables import notice
from tests.routing.company import Company


def wait(company: Company, clock: FixedClock, minutes: int) -> None:
    """Time goes by, clocks ring, and the mail is written where it was asked for."""
    clock.advance(timedelta(minutes=minutes))
    asyncio.run(Clocks(company.database, SURROUNDINGS).ring_due())
    asked = text("select count(*) from procrastinate_jobs where task_name = 'clocks.mail_overdue'")
    if company.database.run(lambda tx: tx.scalar(asked)):
        asyncio.run(Alerts(company.database, "https://desk.example").mail_overdue())


def mails(company: Company) -> list[tuple[str, str, str]]:
    rows = company.database.run(lambda tx: tx.rows(select(notice).order_by(notice.c.id)))
    return [(row.address, row.subject, row.words) for row in rows]


@pytest.mark.promise("RT7")
def test_managers_are_mailed_once_for_each_wait_with_what_came_together_and_only_what_they_may_see(
    company: Company, clock: FixedClock
) -> None:
    limited = company.database.run(roles.create_role, "Shift lead", ["availability.manage", "inbox.use"], by=company.shop.ines)
    company.database.run(people.change_teammate, company.shop.jonas.id, role=limited, by=company.shop.ines)
    talks = [company.hears("The secret of my bearing", visitor=name) for name in ("mira", "paul")]
    for talk, team in zip(talks, (company.shop.service, company.shop.workshop), strict=True):
        company.database.run(ownership.assign, talk, Owner(OwnerKind.TEAM, team), company.shop.ines)
    wait(company, clock, 9)
    assert mails(company) == []
    wait(company, clock, 2)
    (first, subject, words), (second, one, less) = mails(company)
    assert (first, subject) == ("ines@veloria.example", "2 customers have waited too long")
    assert (second, one) == ("jonas@veloria.example", "A customer has waited too long: conversation 2")
    assert [f"https://desk.example/inbox/all/{talk}" in words for talk in talks] == [True, True]
    assert [talk in less for talk in talks] == [False, True]
    assert "since 10:46 on 22 November (Europe/Berlin), in the queue of Service team" in words
    assert "bearing" not in words
    wait(company, clock, 61)
    assert len(mails(company)) == 2, "it is said again in the conversation, not by mail"
    company.hears("Are you there?", visitor="lea")
    wait(company, clock, 11)
    assert [subject for _, subject, _ in mails(company)[2:]] == ["A customer has waited too long: conversation 3"]


@pytest.mark.promise("RT7")
def test_a_family_of_channels_whose_waits_are_not_mailed_is_not_mailed(company: Company, clock: FixedClock) -> None:
    company.database.run(commands.set_policy, "chat", {"mail": False}, by=company.shop.ines)
    company.hears("Hello")
    wait(company, clock, 11)
    assert mails(company) == []
