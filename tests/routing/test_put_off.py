"""What was put off while it waits in a queue: it is assigned when its time has come, not before (RT3, IN3)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from firstline.conversations import snoozing
from firstline.kit.clock import FixedClock
from firstline.kit.events import event
from firstline.routing import receivers
from tests.routing.company import Company
from tests.routing.test_deciding import run_queue


@pytest.mark.promise("RT3", "IN3")
def test_what_is_put_off_in_a_queue_is_assigned_when_its_time_has_come_and_holds_up_nobody(
    company: Company, clock: FixedClock
) -> None:
    shop = company.shop
    company.deploys(coverage=0, fallback=company.service())
    company.is_away(shop.samira.id)
    first, second = company.hears(visitor="mira"), company.hears(visitor="tobias")
    company.database.run(snoozing.snooze, first, clock.now() + timedelta(hours=3), shop.ines)
    company.is_away(shop.samira.id, back=True)
    run_queue(company)
    assert company.owner(first) == ("team", shop.service)
    assert company.owner(second) == ("teammate", shop.samira.id)
    assert company.database.run(receivers.assign_waiting, first)
    assert company.owner(first) == ("team", shop.service)
    company.database.run(snoozing.wake, first, shop.ines)
    run_queue(company)
    assert company.owner(first) == ("teammate", shop.samira.id)


@pytest.mark.promise("RT3", "IN3")
def test_a_customer_who_writes_again_takes_what_was_put_off_back_to_the_queue(company: Company, clock: FixedClock) -> None:
    shop = company.shop
    company.deploys(coverage=0, fallback=company.service())
    company.is_away(shop.samira.id)
    waiting = company.hears(visitor="mira")
    company.database.run(snoozing.snooze, waiting, clock.now() + timedelta(hours=3), shop.ines)
    shop.hears("Hello?", visitor="mira")
    kinds = [one.kind for one in company.database.run(lambda tx: tx.rows(select(event)))]
    assert kinds.count("conversation.woken") == 1
    company.is_away(shop.samira.id, back=True)
    run_queue(company)
    assert company.owner(waiting) == ("teammate", shop.samira.id)
