"""The screen of answering, by forms as a browser without scripts sends them."""

import pytest
from sqlalchemy import insert

from firstline.knowledge import answering, commands
from firstline.knowledge.tables import gate_fit
from tests.console.office import Office

ANSWERING = "/customer-agent/answering"


@pytest.mark.promise("AN2")
def test_thresholds_and_questions_are_entered(office: Office) -> None:
    ines, run = office.client(office.shop.ines), office.shop.database.run
    assert "Not fitted to your questions yet" in ines.get(ANSWERING).text
    assert "Saved" in ines.post(ANSWERING, data={"chat": "72,5 %", "email": "80"}).text
    assert run(answering.thresholds) == {"chat": 0.725, "messaging": 0.6, "email": 0.8, "call": 0.6}
    wrong = ines.post(ANSWERING, data={"chat": "a lot"})
    assert wrong.status_code == 422
    assert "“a lot” is no number of percent." in wrong.text
    run(commands.add_text, "Returns", "Thirty days.", by=office.shop.ines)
    refused = ines.post(f"{ANSWERING}/questions", data={"list": "Can I send it back?,Elsewhere"})
    assert "no source is called “Elsewhere”" in refused.text
    assert "Can I send it back?,Elsewhere" in refused.text
    added = ines.post(f"{ANSWERING}/questions", data={"list": "Can I send it back?,Returns\nDo you fly?"})
    assert "2 new questions" in added.text
    [fly] = [one for one in run(answering.questions) if one.question == "Do you fly?"]
    ines.post(f"{ANSWERING}/questions/{fly.id}/remove")
    assert run(answering.counted) == (1, 1)
    assert office.client(office.shop.jonas).get(ANSWERING).status_code == 403


@pytest.mark.promise("AN2")
def test_a_fitted_gate_shows_both_error_rates_with_their_intervals(office: Office) -> None:
    judged = [{"probability": 0.8, "covered": True}, {"probability": 0.7, "covered": False}] * 10
    values = {"id": "fit_1", "questions": 10, "weights": {}, "judged": judged}
    office.shop.database.run(lambda tx: tx.execute(insert(gate_fit).values(at=tx.now, **values)))
    page = office.client(office.shop.ines).get(ANSWERING).text
    assert "Fitted to 10 of your questions" in page
    assert "with 95% intervals" in page
    assert '<b class="nums">100%</b>' in page
