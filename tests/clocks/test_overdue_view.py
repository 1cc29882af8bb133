"""What is overdue is a view of conversations over REST, as it is one of the inbox (RT7, OP4)."""

import pytest
from sqlalchemy import update

from firstline.clocks.commands import wind
from firstline.clocks.rules import Step
from firstline.clocks.tables import clock
from firstline.people import keys
from tests.people.rest import client_over
from tests.routing.company import Company


@pytest.mark.promise("RT7", "OP4")
def test_overdue_conversations_are_listed_and_an_unknown_view_is_refused(company: Company) -> None:
    company.deploys(coverage=0, fallback=company.service())
    late, quick = company.hears(visitor="a"), company.hears(visitor="b")
    for talk in (late, quick):
        company.database.run(wind, talk)
    told = {Step.ALERT.value: company.database.clock.now().isoformat()}
    company.database.run(lambda tx: tx.execute(update(clock).where(clock.c.conversation_id == late).values(done=told)))
    _id, key = company.database.run(keys.create_api_key, "CI", by=company.shop.ines)
    client = client_over(company.shop)
    client.headers["Authorization"] = f"Bearer {key}"

    found = client.get("/api/v1/conversations", params={"view": "overdue"})
    assert [one["id"] for one in found.json()["items"]] == [late]
    assert client.get("/api/v1/conversations", params={"view": "overdue", "status": "closed"}).json()["items"] == []
    wrong = client.get("/api/v1/conversations", params={"view": "late"})
    assert wrong.status_code == 422
    assert "or overdue" in wrong.json()["detail"]
