"""Sources are added, read, changed, read again and deleted."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from firstline.kit.clock import FixedClock
from firstline.kit.database import Database, Tx
from firstline.kit.errors import Forbidden, Invalid, NotFound, TooLarge
from firstline.kit.events import event
from firstline.knowledge import commands, queries
from firstline.knowledge.commands import Use
from firstline.knowledge.rules import Access, Schedule
from firstline.knowledge.tables import passage, passage_vector
from firstline.people.rules import Actor, ActorKind, Permission
from tests.knowledge import files
from tests.knowledge.conftest import Library, Website


def vectors(tx: Tx) -> dict[str, str]:
    """When each passage's vector row was written, by its text."""
    return {row.text: row.id for row in tx.rows(select(passage.c.text, passage.c.id).join(passage_vector))}


def events(database: Database, kind: str) -> list[dict[str, object]]:
    return [row.data for row in database.run(lambda tx: tx.rows(select(event).where(event.c.kind == kind).order_by(event.c.id)))]


@pytest.mark.promise("KN1", "KN2")
def test_a_short_answer_is_read_and_found(library: Library) -> None:
    made = library.add(commands.add_short_answer, "Do you rent bikes?", "No, we do not rent bikes.")
    found = library.which(made)
    assert (found.state, found.pages, found.passages, found.title) == ("ready", 1, 1, "Do you rent bikes?")
    assert found.last_synced_at is not None
    best = library.ask("Can I rent a bicycle?").best
    assert best is not None
    assert (best.text, best.question, best.kind) == ("No, we do not rent bikes.", "Do you rent bikes?", "faq")


@pytest.mark.promise("KN1")
def test_a_text_and_a_file_are_read_and_found(library: Library) -> None:
    library.add(commands.add_text, "Workshop", "The first service is free of charge.", url="veloria.example/workshop")
    made = library.add(commands.add_file, "returns.docx", files.word())
    assert library.which(made).state == "ready"
    best = library.ask("What does the first service cost?").best
    assert best is not None
    assert (best.title, best.url) == ("Workshop", "https://veloria.example/workshop")
    found = library.ask("How long may I return a bike?").best
    assert found is not None
    assert (found.title, found.source_id) == ("Returns", made)


@pytest.mark.promise("KN1", "KN2")
def test_a_web_page_gets_its_title_from_the_page(library: Library, website: Website) -> None:
    website.page("/help", "Delivery", "We deliver within three days.")
    made = library.add(commands.add_url, f"{website.url}/help")
    found = library.which(made)
    assert (found.state, found.title, found.pages) == ("ready", "Delivery", 1)


@pytest.mark.promise("KN2")
@pytest.mark.parametrize(
    ("answer", "cause", "cure"),
    [
        ((404, {}, b""), "does not exist", "Check the address"),
        ((403, {}, b""), "refuses", "Allow the robot"),
        ((500, {}, b""), "has an error", "sync again"),
        ((503, {}, b""), "has an error", "sync again"),
        ((200, {"content-type": "video/mp4"}, b"x"), "video/mp4", "web pages"),
        ((302, {"location": "/loop"}, b""), "redirects more than", "Check the address"),
        ((200, {"content-type": "text/html"}, b"<html></html>"), "No text", "has text"),
        ((200, {"content-type": "text/html"}, b"\xff\xfe\x00"), "No text", "has text"),
    ],
)
def test_a_page_that_cannot_be_read_says_why_and_what_helps(
    library: Library, website: Website, answer: tuple[int, dict[str, str], bytes], cause: str, cure: str
) -> None:
    website.pages["/loop"] = answer
    found = library.which(library.add(commands.add_url, f"{website.url}/loop"))
    assert found.state == "failed"
    assert cause in found.cause
    assert cure in found.cure


def test_a_page_on_a_private_address_is_not_fetched(library: Library, website: Website) -> None:
    library.reading.settings.allow_private_addresses = False
    website.page("/", "Secret", "internal")
    found = library.which(library.add(commands.add_url, f"{website.url}/"))
    assert found.state == "failed"
    assert "no public address" in found.cause
    assert website.asked == []


@pytest.mark.promise("KN2")
def test_a_hostile_file_fails_and_disturbs_nothing_else(library: Library) -> None:
    bomb = library.add(commands.add_file, "bomb.docx", files.zip_bomb())
    good = library.add(commands.add_short_answer, "Is there parking?", "Yes, behind the shop.")
    assert library.which(bomb).state == "failed"
    assert "unpacks to far more" in library.which(bomb).cause
    assert library.which(good).state == "ready"


@pytest.mark.promise("KN3")
def test_only_what_changed_is_embedded_again_and_what_vanished_goes(library: Library, website: Website) -> None:
    long = "Our bikes are built by hand in Leipzig. " * 20
    website.page("/a", "Bikes", f"</p><h2>Making</h2><p>{long}</p><h2>Price</h2><p>It costs 900 euros, all included here.</p><p>")
    made = library.add(commands.add_url, f"{website.url}/a")
    before = library.database.run(vectors)
    website.page("/a", "Bikes", f"</p><h2>Making</h2><p>{long}</p><h2>Price</h2><p>It costs 950 euros, all included here.</p><p>")
    library.database.run(commands.sync, made, by=library.by)
    library.read()
    after = library.database.run(vectors)
    assert len(before) == len(after) == 2
    assert [text for text in after if text not in before] == ["It costs 950 euros, all included here."]
    kept = next(text for text in after if text in before)
    assert after[kept] == before[kept]


@pytest.mark.promise("KN3")
def test_old_content_is_found_until_the_new_is_ready_and_when_reading_fails(library: Library, website: Website) -> None:
    website.page("/a", "Price", "A service costs 49 euros.")
    made = library.add(commands.add_url, f"{website.url}/a")
    website.pages["/a"] = (500, {}, b"")
    library.database.run(commands.sync, made, by=library.by)
    library.read()
    assert library.which(made).state == "failed"
    best = library.ask("What does a service cost?").best
    assert best is not None
    assert best.text == "A service costs 49 euros."


@pytest.mark.promise("KN3")
def test_a_schedule_reads_again(library: Library, clock: FixedClock) -> None:
    made = library.add(commands.add_text, "Hours", "Open from ten.", use=Use(schedule=Schedule.DAILY))
    assert library.database.run(commands.sync_due) == 0
    clock.advance(timedelta(days=1, minutes=1))
    assert library.database.run(commands.sync_due) == 1
    assert library.which(made).state == "queued"
    library.read()
    assert library.which(made).last_synced_at == clock.now()


@pytest.mark.promise("KN2")
def test_progress_is_told_while_a_source_is_read(library: Library) -> None:
    library.add(commands.add_short_answer, "A?", "An answer.")
    states = [data["state"] for data in events(library.database, "source.changed")]
    assert states == ["reading", "ready"]
    last = events(library.database, "source.progress")[-1]
    assert (last["pages"], last["pages_done"], last["passages"]) == (1, 1, 1)


def test_a_changed_short_answer_is_found_as_it_is_now(library: Library) -> None:
    made = library.add(commands.add_short_answer, "Is there a discount?", "Five percent for students.")
    library.database.run(commands.change_short_answer, made, "Is there a discount?", "Ten percent for students.", by=library.by)
    library.read()
    best = library.ask("student discount").best
    assert best is not None
    assert best.text == "Ten percent for students."
    assert library.database.run(lambda tx: tx.scalar(select(func.count()).select_from(passage))) == 1


def test_a_deleted_source_leaves_nothing(library: Library) -> None:
    made = library.add(commands.add_file, "a.txt", b"The chain needs oil.")
    library.database.run(commands.delete, made, by=library.by)
    library.read()
    assert library.ask("chain").hits == ()
    with pytest.raises(NotFound):
        library.which(made)


def test_a_job_for_a_source_that_is_gone_or_ready_does_nothing(library: Library) -> None:
    import asyncio

    asyncio.run(library.reading.read("src_none"))
    made = library.add(commands.add_text, "T", "text")
    before = events(library.database, "source.changed")
    asyncio.run(library.reading.read(made))
    assert events(library.database, "source.changed") == before


def test_reading_goes_on_slice_by_slice(library: Library) -> None:
    library.reading.slice = 0.0
    rows = "".join(f"Question {number}?,Answer number {number}.\n" for number in range(150))
    made = library.add(commands.add_file, "faq.csv", f"question,answer\n{rows}".encode())
    assert (library.which(made).state, library.which(made).passages) == ("ready", 150)


def test_a_second_sync_during_reading_is_carried_out_afterwards(library: Library, website: Website) -> None:
    website.page("/a", "One", "The first text.")
    made = library.database.run(commands.add_url, f"{website.url}/a", by=library.by)

    def changed_meanwhile(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        del website.pages["/a"]
        website.page("/a", "Two", "The second text.")
        library.database.run(commands.sync, made, by=library.by)
        return 200, {"content-type": "text/html"}, b"<main><h1>One</h1><p>The first text.</p></main>"

    website.pages["/a"] = changed_meanwhile
    library.read()
    assert library.which(made).state == "ready"
    best = library.ask("text").best
    assert best is not None
    assert best.text == "The second text."


def test_counts_and_lists_tell_what_is_there(library: Library) -> None:
    first = library.add(commands.add_short_answer, "A 100% guarantee?", "Yes.")
    second = library.add(commands.add_text, "Bikes", "Text.")
    assert library.database.run(queries.how_many) == {"short_answer": 1, "text": 1, "all": 2, "failed": 0, "passages": 2}
    assert [row.id for row in library.database.run(queries.sources)] == [second, first]
    assert [row.id for row in library.database.run(queries.sources, "100%")] == [first]
    assert [row.id for row in library.database.run(queries.sources, after=second)] == [first]


@pytest.mark.promise("KN2")
def test_citations_are_counted(library: Library, clock: FixedClock) -> None:
    made = library.add(commands.add_text, "T", "text")
    assert library.which(made).citations == 0
    library.database.run(commands.cited, [made, made])
    assert (library.which(made).citations, library.which(made).last_cited_at) == (1, clock.now())


@pytest.mark.parametrize(
    ("command", "arguments", "field"),
    [
        (commands.add_short_answer, ("", "x"), "question"),
        (commands.add_short_answer, ("q" * 501, "x"), "question"),
        (commands.add_short_answer, ("q", "\x00 "), "answer"),
        (commands.add_text, ("t", "x" * 2_000_001), "text"),
        (commands.add_url, ("javascript:alert(1)",), "url"),
        (commands.add_url, ("http://user:pass@host/",), "url"),
        (commands.add_url, ("http://[half",), "url"),
        (commands.add_site, ("",), "url"),
        (commands.add_file, ("virus.exe", b"MZ"), "file"),
        (commands.add_file, ("a.txt", b""), "file"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_field(
    library: Library, command: object, arguments: tuple[object], field: str
) -> None:
    with pytest.raises(Invalid) as told:
        library.database.run(command, *arguments, by=library.by)  # type: ignore[arg-type]
    assert told.value.field == field


def test_a_file_that_is_too_large_is_refused(library: Library) -> None:
    with pytest.raises(TooLarge, match="3 MB; at most 2 MB"):
        library.database.run(commands.add_file, "a.txt", b"x" * 3_000_000, by=library.by, most_mb=2)


@pytest.mark.promise("PM2")
def test_without_permission_or_seat_nothing_is_added(library: Library) -> None:
    nobody = Actor(ActorKind.TEAMMATE, "tm_x", "X", frozenset({Permission.EDIT_AGENT}))
    with pytest.raises(Forbidden, match="seat"):
        library.database.run(commands.add_text, "T", "text", by=nobody)


def test_access_and_title_can_be_changed(library: Library) -> None:
    made = library.add(commands.add_text, "T", "The lock code is 4711.")
    library.database.run(commands.change, made, by=library.by, title="Locks", access=Access.PRIVATE)
    best = library.ask("lock code").best
    assert best is not None
    assert (best.access, best.citable) == (Access.PRIVATE, False)
    assert library.which(made).title == "Locks"


def test_a_name_of_a_file_keeps_no_folders(library: Library) -> None:
    made = library.add(commands.add_file, "..\\..\\etc/../passwd.txt", b"text")
    assert library.which(made).file_name == "passwd.txt"
    assert not Path("passwd.txt").exists()


@pytest.mark.promise("KN4")
def test_content_in_another_language_is_found_by_its_words(library: Library) -> None:
    library.add(
        commands.add_text,
        "Versand",
        "Die Lieferungen nach Österreich dauern fünf Werktage und kosten neununddreißig Euro. Für Ersatzteile gilt das nicht.",
    )
    library.add(
        commands.add_text,
        "Werkstatt",
        "Unsere Werkstatt ist samstags geschlossen, Termine gibt es nur nach Vereinbarung per Telefon.",
    )
    best = library.ask("Wie lange dauert eine Lieferung?", language="de").best
    assert best is not None
    assert best.title == "Versand"
    assert best.features["cov"] > 0


def test_a_fault_of_our_own_is_told_and_can_be_tried_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("firstline.knowledge.storing.split", lambda page: 1 / 0)
        made = library.add(commands.add_text, "Hours", "Open from ten.")
    found = library.which(made)
    assert (found.state, "ZeroDivisionError" in found.cause) == ("failed", True)
    library.database.run(commands.sync, made, by=library.by)
    library.read()
    assert library.which(made).state == "ready"
