"""Questions find passages, and the gate knows when they hold the answer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from firstline.kit.database import Tx
from firstline.knowledge import candidates, commands, finding, storing
from firstline.knowledge.asking import AsksForKnowledge, fit
from firstline.knowledge.commands import Use
from firstline.knowledge.compact import MOST, pack, packed, unpack
from firstline.knowledge.embedding import DIMENSIONS, OnnxEmbedder
from firstline.knowledge.query import Corpus, read, token_weights
from firstline.knowledge.rank import bm25, coverage, matched
from firstline.knowledge.rules import Access, Query, Turn
from firstline.knowledge.tokens import TokenStore
from tests.knowledge.conftest import Library

FAQ = {
    "Do you rent bikes?": "No, we do not rent out bikes.",
    "How long may I return a bike?": "You have 30 days from delivery.",
    "What does a service cost?": "A service costs 49 euros.",
    "Do you ship to Switzerland?": "Yes, within five days for 25 euros.",
    "Is there a discount for students?": "Students get five percent.",
    "How do I charge the battery?": "Plug the charger in; four hours are enough.",
    "Can I pay in instalments?": "Yes, in six, twelve or twenty-four parts.",
    "What does error code E12 mean?": "The motor is too hot; let it cool down.",
}


@pytest.fixture
def shelf(library: Library) -> Library:
    """A library of short answers."""
    for question, answer in FAQ.items():
        library.database.run(commands.add_short_answer, question, answer, by=library.by)
    library.read()
    return library


@pytest.mark.promise("KN4")
@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Can I hire a bicycle for the weekend?", "How long may I rent"),
        ("how many days do i have to send it back", "You have 30 days"),
        ("E12", "The motor is too hot"),
        ("price of maintenance", "A service costs"),
        ("delivery to Zurich", "Yes, within five days"),
    ],
)
def test_a_question_in_other_words_finds_its_answer(shelf: Library, asked: str, answer: str) -> None:
    best = shelf.ask(asked).best
    assert best is not None
    assert best.text.startswith(answer) or best.question == "Do you rent bikes?"


def test_the_gate_tells_what_is_covered_from_what_is_not(shelf: Library) -> None:
    inside = [shelf.ask(question).covered for question in ("Do you rent out bikes?", "Do you deliver to Switzerland?")]
    outside = [shelf.ask(question).covered for question in ("Who won the election?", "Do you sell surfboards in Hawaii?")]
    assert min(inside) > 0.7 > 0.3 > max(outside)


def test_a_turn_that_asks_is_told_from_one_that_thanks(shelf: Library) -> None:
    assert shelf.ask("Is there a guarantee on the frame?").asks > 0.7
    assert shelf.ask("Thanks, that is all I needed.").asks < 0.3


@pytest.mark.parametrize("question", ["", "   \n", "?!", "🚲", "\u200b"])
def test_a_question_without_words_does_no_harm(shelf: Library, question: str) -> None:
    found = shelf.ask(question)
    assert found.covered < 0.6


def test_an_empty_library_finds_nothing(library: Library) -> None:
    found = library.ask("Do you rent bikes?")
    assert (found.hits, found.covered) == ((), 0.0)


def test_a_megabyte_of_question_is_cut(shelf: Library) -> None:
    assert shelf.ask("rent bikes? " * 90_000).best is not None


def test_quotes_and_operators_of_a_question_are_plain_text(shelf: Library) -> None:
    assert shelf.ask('\'; drop table passage; -- & | ! <-> (rent) :* \\ "bikes"').best is not None


def test_what_was_said_before_finds_but_does_not_decide(shelf: Library) -> None:
    history = (Turn("customer", "Do you ship to Switzerland?"), Turn("agent", "Yes, within five days for 25 euros."))
    best = shelf.ask("And how much is it?", history=history).best
    assert best is not None
    assert best.question == "Do you ship to Switzerland?"
    alone = shelf.ask("Who won the election?", history=history)
    assert alone.covered < 0.3


def test_the_thing_that_is_meant_comes_first(library: Library) -> None:
    for place in ("Ashley Hotel", "Hobsons House", "Lovell Lodge"):
        use = Use(about=place)
        library.database.run(
            commands.add_short_answer, f"{place}: Is there a lift?", f"Of the {place}: no lift.", by=library.by, use=use
        )
        library.database.run(commands.add_text, f"{place} parking", f"Parking at {place} is free.", by=library.by, use=use)
    library.read()
    history = (Turn("agent", "I can offer the Hobsons House."), Turn("customer", "Sounds good."))
    found = library.ask("Is there a lift?", history=history)
    assert found.best is not None
    assert (found.best.about, found.names[0].name) == ("Hobsons House", "Hobsons House")
    other = library.ask("And does the Lovell Lodge have a lift?", history=history).best
    assert other is not None
    assert other.about == "Lovell Lodge"


@pytest.mark.promise("KN2", "KN4")
def test_only_what_agent_and_contact_may_see_is_found(library: Library) -> None:
    def add(title: str, use: Use) -> None:
        library.database.run(commands.add_text, title, f"The secret word is {title}.", by=library.by, use=use)

    add("everyone", Use())
    add("velo", Use(agents=("agt_velo",)))
    add("dealers", Use(audiences=("dealers",)))
    add("internal", Use(access=Access.PRIVATE))
    library.read()

    def seen(**more: Any) -> set[str]:
        return {hit.title for hit in library.ask("What is the secret word?", **more).hits}

    assert seen() == {"everyone", "velo", "internal"}
    assert seen(agent_id="agt_other") == {"everyone", "internal"}
    assert seen(agent_id="agt_velo") == {"everyone", "velo", "internal"}
    assert seen(agent_id="agt_velo", audiences=frozenset({"dealers"})) == {"everyone", "velo", "dealers", "internal"}
    assert {hit.title for hit in library.ask("What is the secret word?").hits if not hit.citable} == {"internal"}


def test_large_collections_are_searched_by_index_with_the_same_result(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["rent a bike", "money back", "battery", "student price"]
    exact = [shelf.ask(question).hits for question in asked]
    monkeypatch.setattr(candidates, "EXACT", 0)
    candidates._statement.cache_clear()
    indexed = [shelf.ask(question).hits for question in asked]
    assert [[hit.passage_id for hit in hits[:5]] for hits in indexed] == [[hit.passage_id for hit in hits[:5]] for hits in exact]


def test_a_filter_costs_no_hits_in_the_index(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"Bike number {number}?,The bike with number {number} is red.\n" for number in range(300))
    hidden = Use(agents=("agt_other",))
    library.database.run(commands.add_file, "many.csv", f"question,answer\n{rows}".encode(), by=library.by, use=hidden)
    library.database.run(commands.add_text, "Colour", "All our boats are blue.", by=library.by)
    library.read()
    monkeypatch.setattr(candidates, "EXACT", 0)
    assert [hit.title for hit in library.ask("What colour has bike number 17?", agent_id="agt_velo").hits] == ["Colour"]


MANY = Corpus(
    1_000_000, 40.0, {"seat": 40, "post": 900, "brake": 4_500, "bike": 300_000, "wheel": 200_000, "new": 150_000, "the": 9}
)


@pytest.mark.parametrize(
    ("terms", "asked", "rarest"),
    [
        (["bike", "seat", "post"], "'seat' | 'post'", ["seat", "post"]),
        (["brake", "post", "seat"], "'seat' | 'post'", ["seat", "post"]),
        (["bike", "brake"], "'brake'", ["brake"]),
        (["bike", "new", "wheel"], "'new' & 'wheel' & 'bike'", ["new", "wheel", "bike"]),
        (["bike"], "'bike'", ["bike"]),
        (["unknown"], "'\x01'", []),
    ],
)
def test_among_a_million_passages_words_are_looked_for_that_few_have(terms: list[str], asked: str, rarest: list[str]) -> None:
    parameters: dict[str, Any] = {}
    candidates._add_words(parameters, terms, MANY)
    assert parameters["rare"] == asked
    weighed = [parameters[f"rare_{number}"] for number in range(candidates.RAREST)]
    assert weighed == [*(f"'{term}'" for term in rarest), *["'\x01'"] * (candidates.RAREST - len(rarest))]


def test_in_a_small_collection_every_word_is_looked_for() -> None:
    parameters: dict[str, Any] = {}
    candidates._add_words(parameters, ["bike", "seat"], Corpus(10_000, 40.0, {"bike": 9_999, "seat": 8_000}))
    assert parameters["rare"] == "'seat' | 'bike'"


def test_a_large_collection_finds_the_same_with_a_sample_of_some_pages(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = [shelf.ask(question) for question in FAQ]
    monkeypatch.setattr(candidates, "SMALL", 0)
    monkeypatch.setattr(finding, "DRAWN_FROM", 7)
    fresh = finding.Finder(shelf.database, shelf.finder.embedder)
    for question, before in zip(FAQ, usual, strict=True):
        found = fresh.find_now(Query(question))
        assert found.best is not None
        assert before.best is not None
        assert found.best.passage_id == before.best.passage_id


def test_counting_words_writes_nothing_before_all_is_counted(shelf: Library) -> None:
    """Whoever reads the event log waits for every transaction that wrote."""

    def wrote(tx: Tx) -> tuple[int, object]:
        return storing.counted(tx).passages, tx.scalar(text("select pg_current_xact_id_if_assigned()::text"))

    assert shelf.database.run(wrote) == (len(FAQ), None)


def test_words_with_odd_letters_are_counted_as_they_are(library: Library) -> None:
    odd = "C:\\new\\table O'Neill Größe 100% naïve"
    library.database.run(commands.add_short_answer, "Where is the file?", f"In {odd}.", by=library.by)
    library.read()
    stored = "select word, ndoc from ts_stat('select terms from passage') order by 1"
    sure = [tuple(row) for row in library.database.run(lambda tx: tx.rows(text(stored)))]
    library.database.run(storing.count)
    assert [tuple(row) for row in library.database.run(lambda tx: tx.rows(text("select * from term order by 1")))] == sure
    assert len(sure) >= 6


def test_several_threads_search_at_once(shelf: Library) -> None:
    questions = list(FAQ) * 3
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda question: shelf.ask(question).best, questions))
    assert [hit.question if hit else None for hit in found] == questions


def test_searching_does_not_hold_up_the_event_loop(shelf: Library) -> None:
    async def both() -> Any:
        return await asyncio.gather(*(shelf.finder.find(Query(question)) for question in FAQ))

    assert all(found.best for found in asyncio.run(both()))


def test_new_words_count_after_the_next_count(shelf: Library) -> None:
    assert shelf.database.run(lambda tx: tx.scalar(text("select passages from term where term = 'bike'"))) == 2
    shelf.add(commands.add_text, "More", "Another bike.")
    assert shelf.database.run(lambda tx: tx.scalar(text("select passages from term where term = 'bike'"))) == 3
    shelf.database.run(storing.count)
    assert shelf.database.run(lambda tx: tx.scalar(text("select passages from knowledge_state"))) == len(FAQ) + 1


def test_token_vectors_are_kept_within_a_limit(shelf: Library) -> None:
    store = TokenStore(most=20_000)
    ids = [hit.passage_id for question in FAQ for hit in shelf.ask(question).hits[:1]]
    first = shelf.database.run(store.of, ids)
    again = shelf.database.run(store.of, ids)
    assert store._size <= 20_000
    assert all(np.array_equal(first[one], again[one]) for one in ids)
    assert shelf.database.run(store.of, ["psg_gone"]) == {}


def test_packed_tokens_are_nearly_the_same(embedder: OnnxEmbedder) -> None:
    tokens = embedder.embed("How do I return a bike?").tokens
    again = unpack(packed(pack(tokens)))
    assert (again * tokens).sum(1).min() > 0.95


def test_weighted_maxsim_looks_for_each_tokens_best_match() -> None:
    eye = np.eye(MOST, DIMENSIONS, dtype=np.float32)
    whole = packed(pack(eye))
    ms, weak = matched(eye[:3], np.array([1, 1, 0.05], np.float32), [whole[[0, 2]], whole[:0], whole[:3]])
    assert ms == pytest.approx([1.05 / 2.05, 0, 1], abs=1e-3)
    assert weak == pytest.approx([0.5, 0, 1], abs=1e-3)
    assert matched(eye[:0], np.zeros(0, np.float32), [whole])[0] == pytest.approx([0])


def test_coverage_and_bm25_are_shares() -> None:
    corpus = Corpus(100, 20.0, {"rent": 2, "bike": 50})
    assert coverage(("rent", "bike"), corpus, {"rent": 1, "bike": 1}) == 1
    assert coverage(("rent", "bike"), corpus, {"rent": 1}) > coverage(("rent", "bike"), corpus, {"bike": 1})
    assert 0 < bm25(("rent",), corpus, {"rent": 1}, 20) < bm25(("rent",), corpus, {"rent": 9}, 20) < 1
    assert coverage((), corpus, {}) == bm25((), corpus, {}, 0) == 0


def test_stop_words_and_punctuation_weigh_little(embedder: OnnxEmbedder) -> None:
    question = "Do you have unicycles?"
    corpus = Corpus(100, 20.0, {})
    asked = read(Query(question), embedder)
    weights = token_weights(question, asked.last, corpus, "en")
    words = [question[start:end].lower() for start, end in asked.last.offsets]
    assert all(weight < 0.06 for weight, word in zip(weights, words, strict=True) if word in ("do", "you", "have", "?"))
    assert max(weights) == pytest.approx(1.0)


def test_a_fit_separates_what_can_be_separated() -> None:
    vectors = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]], np.float32)
    weights = fit(vectors, np.array([1, 1, 0, 0], np.float32), ridge=0.01)
    odds = vectors @ weights[:-1] + weights[-1]
    assert (odds[:2] > 0).all()
    assert (odds[2:] < 0).all()


@pytest.mark.parametrize(
    ("turn", "asks"),
    [
        ("do they allow dogs in the rooms", True),
        ("is the wifi any good", True),
        ("book it for two people please", False),
        ("cheers", False),
    ],
)
def test_the_first_gate_also_reads_speech(embedder: OnnxEmbedder, turn: str, asks: bool) -> None:
    gate: Callable[[Any], float] = AsksForKnowledge(embedder).probability
    assert (gate(embedder.embed(turn).vector) > 0.5) is asks
