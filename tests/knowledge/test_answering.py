"""The gate fitted to a company's own questions, its error rates, and thresholds for each channel family."""

import random

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.kit.errors import Forbidden, Invalid
from firstline.knowledge import answering, commands, gate
from firstline.knowledge.answering import Known
from firstline.knowledge.beta import quantile
from firstline.knowledge.calibrating import Calibrating
from firstline.knowledge.calibration import Example, Judged, Share, fitted, left_out, probability, rates, threshold_for
from firstline.knowledge.rules import Query
from tests.knowledge.conftest import Library
from tests.knowledge.test_api import http
from tests.world import Shop

__all__ = ["http"]


def drawn(questions: int, seed: int = 3) -> list[Example]:
    """Questions whose log-odds are one too low on both sides, as of a preset that does not fit."""
    dice = random.Random(seed)
    made = []
    for number in range(questions):
        for covered in (True, False):
            odds = dice.gauss(1.5 if covered else -3.5, 1.5)
            made.append(Example({"odds": odds, "cq": 0.6 + odds / 20, "ms": dice.gauss(0.6, 0.1)}, covered, number))
    return made


@pytest.mark.promise("AN2")
def test_a_fit_moves_the_line_to_where_both_errors_are_small() -> None:
    examples = drawn(100)
    weights = fitted(examples)
    half = [Judged(probability(weights, one.features), one.covered) for one in drawn(400, seed=4)]
    preset = [Judged(gate.covered(one.features), one.covered) for one in drawn(400, seed=4)]
    assert rates(half, 0.5).missed.value < rates(preset, 0.5).missed.value - 0.05
    assert rates(half, 0.5).wrong.value < 0.1


@pytest.mark.promise("AN2")
def test_promised_error_rates_hold_on_unseen_questions_within_their_intervals() -> None:
    held = 0
    for seed in range(20):
        examples = drawn(50, seed)
        weights, promised = fitted(examples), rates(left_out(examples), 0.5)
        unseen = rates([Judged(probability(weights, one.features), one.covered) for one in drawn(2_000, seed + 100)], 0.5)
        held += promised.wrong.low <= unseen.wrong.value <= promised.wrong.high
        held += promised.missed.low <= unseen.missed.value <= promised.missed.high
    assert held >= 36


def test_a_threshold_is_found_for_a_share_of_wrong_answers() -> None:
    judged = [Judged(place / 100, False) for place in range(100)] + [Judged(0.9, True)] * 10
    assert threshold_for(judged, 0.1) == 0.9
    assert threshold_for([Judged(1.0, False)], 0.0) == 0.99


def test_of_no_questions_any_rate_is_possible() -> None:
    assert Share.counted(0, 0) == Share(0.0, 0.0, 1.0, 0)
    assert Share.counted(0, 20).high > 0.1
    assert Share.counted(20, 20).low < 0.9


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 50, 0.0333, 0.2181), (40, 100, 0.3033, 0.5028)],
)
def test_an_exact_interval_is_that_of_the_tables(hits: int, of: int, low: float, high: float) -> None:
    """Clopper–Pearson at 95 %, as published."""
    assert (quantile(0.025, hits, of - hits + 1) if hits else 0.0) == pytest.approx(low, abs=1e-4)
    assert quantile(0.975, hits + 1, of - hits) == pytest.approx(high, abs=1e-4)


@given(st.integers(1, 2_500), st.data())
@settings(max_examples=30, deadline=None)
def test_an_interval_holds_the_share_and_is_wider_than_if_each_question_stood_for_itself(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    found = Share.counted(hits, of)
    alone_low = quantile(0.025, hits, of - hits + 1) if hits else 0.0
    alone_high = quantile(0.975, hits + 1, of - hits) if hits < of else 1.0
    assert found.low <= alone_low + 1e-9 <= found.value + 2e-9
    assert found.value <= alone_high + 1e-9 <= found.high + 2e-9


@pytest.mark.promise("AN2", "KN4")
@pytest.mark.slow
def test_fifty_own_questions_fit_the_gate_and_show_both_error_rates(library: Library, shop: Shop) -> None:
    things = [f"{colour} {thing}" for colour in ("red", "blue", "green", "white", "black") for thing in _THINGS]
    run, ines = library.database.run, shop.ines
    ids = [run(commands.add_short_answer, f"How much is the {one}?", f"It is {len(one)} euros.", by=ines) for one in things]
    library.read()
    wanted = [Known(f"what does a {one} cost", id_) for one, id_ in zip(things, ids, strict=True)]
    assert run(answering.add_questions, wanted, by=ines) == 50
    assert run(answering.add_questions, wanted[:3], by=ines) == 0
    before = library.finder.find_now(Query("what does a red saddle cost")).covered
    import asyncio

    asyncio.run(Calibrating(library.database, library.finder).run())
    fit = run(answering.last_fit)
    assert fit is not None
    assert (fit.questions, len(fit.judged)) == (50, 100)
    shown = rates(answering.judged(fit), 0.5)
    assert (shown.wrong.of, shown.missed.of) == (50, 50)
    assert library.finder.find_now(Query("what does a red saddle cost")).covered != before
    run(answering.remove_questions, None, by=ines)
    asyncio.run(Calibrating(library.database, library.finder).run())
    assert library.finder.find_now(Query("what does a red saddle cost")).covered == before


_THINGS = ("saddle", "bell", "lock", "pump", "helmet", "basket", "pedal", "chain", "lamp", "tyre")


@pytest.mark.promise("AN2")
def test_thresholds_are_set_for_each_family_and_their_bounds_kept(library: Library, shop: Shop) -> None:
    run = library.database.run
    assert run(answering.threshold_of, "email") == 0.6
    run(answering.set_thresholds, {"email": 0.8}, by=shop.ines)
    assert (run(answering.threshold_of, "email"), run(answering.threshold_of, "chat")) == (0.8, 0.6)
    for wrong in ({"fax": 0.5}, {"chat": 0.0}, {"chat": 1.0}, {"chat": float("nan")}):
        with pytest.raises(Invalid):
            run(answering.set_thresholds, wrong, by=shop.ines)


def test_a_list_is_read_as_people_have_it(library: Library, shop: Shop) -> None:
    run = library.database.run
    source = run(commands.add_text, "Returns", "Thirty days.", by=shop.ines, url="https://veloria.example/returns")
    text = (
        "\ufeffQuestion\tSource\nCan I send it back?\treturns\nWhere, please?\thttps://veloria.example/returns\n\nDo you fly?\t\n"
    )
    assert run(answering.read_list, text) == [
        Known("Can I send it back?", source),
        Known("Where, please?", source),
        Known("Do you fly?", None),
    ]
    assert run(answering.read_list, '"Can I, perhaps, return it?",Returns') == [Known("Can I, perhaps, return it?", source)]
    with pytest.raises(Invalid, match="Line 1: no source is called “Nowhere”"):
        run(answering.read_list, "Can I?,Nowhere")
    with pytest.raises(Invalid, match="Line 2"):
        run(answering.add_questions, [Known("ok?", None), Known("  ", None)], by=shop.ines)
    with pytest.raises(Invalid, match="no source src_x"):
        run(answering.add_questions, [Known("ok?", "src_x")], by=shop.ines)


@pytest.mark.promise("PM2")
def test_only_who_may_edit_the_agent_changes_answering(library: Library, shop: Shop) -> None:
    run = library.database.run
    for act in (
        lambda tx: answering.set_thresholds(tx, {"chat": 0.5}, by=shop.jonas),
        lambda tx: answering.add_questions(tx, [Known("ok?", None)], by=shop.jonas),
        lambda tx: answering.remove_questions(tx, None, by=shop.jonas),
        lambda tx: answering.fit(tx, by=shop.jonas),
    ):
        with pytest.raises(Forbidden):
            run(act)


def test_answering_over_rest(http: TestClient, shop: Shop) -> None:
    from firstline.knowledge import answering_api

    http.app.include_router(answering_api.router)  # type: ignore[attr-defined]
    shown = http.get("/api/v1/knowledge/answering").json()
    assert shown["families"]["chat"] == {"threshold": 0.6, "answered_though_not_covered": None, "covered_yet_not_answered": None}
    assert (
        http.put("/api/v1/knowledge/answering", json={"thresholds": {"chat": 0.7}}).json()["families"]["chat"]["threshold"] == 0.7
    )
    assert http.put("/api/v1/knowledge/answering", json={"thresholds": {"chat": 7}}).status_code == 422
    made = http.post("/api/v1/knowledge/answering/questions", json={"questions": [{"question": "Do you fly?"}], "fit": False})
    assert made.json() == {"new": 1}
    [one] = http.get("/api/v1/knowledge/answering/questions").json()["items"]
    assert http.delete(f"/api/v1/knowledge/answering/questions/{one['id']}").status_code == 204
    assert http.delete(f"/api/v1/knowledge/answering/questions/{one['id']}").status_code == 404
    assert http.post("/api/v1/knowledge/answering/fit").status_code == 202
