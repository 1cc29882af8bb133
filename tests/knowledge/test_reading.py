"""Files become pages; hostile ones become a cause and a cure."""

from pathlib import Path

import pytest

from firstline.knowledge.document import BlockKind, Page
from firstline.knowledge.reading.formats import Limits, Unreadable, kind_of
from firstline.knowledge.reading.sandbox import Reader
from tests.knowledge import files


def read(body: bytes, kind: str, **limits: int) -> list[Page]:
    with Reader(Limits(**limits)) as reader:
        return reader.read(body, kind, f"file.{kind}")


def shape(page: Page) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in page.blocks]


@pytest.mark.promise("KN1")
def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    [page] = read(files.word(), "docx")
    assert page.title == "Returns"
    assert shape(page) == [
        ("text", "You may return any bike within 30 days."),
        ("heading", "What to send"),
        ("list", "- The receipt\n- The bike"),
        ("table", "Country | Price\nGermany | €39.00"),
    ]


@pytest.mark.promise("KN1")
def test_a_slide_is_a_heading_over_its_points() -> None:
    [page] = read(files.slides(), "pptx")
    assert shape(page) == [
        ("heading", "Opening hours"),
        ("list", "- Monday to Friday 10 to 18\n- Saturday 10 to 14"),
    ]


@pytest.mark.promise("KN1")
def test_a_sheet_of_questions_becomes_entries() -> None:
    pages = read(
        files.sheet([["Question", "Answer"], ["Do you rent bikes?", "No."], ["Is there parking?", "Yes, six places."]]), "xlsx"
    )
    assert [(page.question, page.text) for page in pages] == [
        ("Do you rent bikes?", "No."),
        ("Is there parking?", "Yes, six places."),
    ]


@pytest.mark.promise("KN1")
def test_any_other_sheet_becomes_a_table() -> None:
    [page] = read(files.sheet([["Model", "Weight"], ["City 3", 14.2]]), "xlsx")
    assert shape(page) == [("table", "Model | Weight\nCity 3 | 14.2")]


@pytest.mark.promise("KN1")
@pytest.mark.parametrize("broken", [False, True])
def test_a_pdf_is_read_also_when_its_cross_references_are_broken(broken: bool) -> None:
    [page] = read(files.pdf(broken_xref=broken), "pdf")
    assert page.title == "Warranty"
    assert "The warranty lasts two years." in page.text


@pytest.mark.promise("KN1")
def test_a_web_page_keeps_its_content_and_loses_what_surrounds_it() -> None:
    html = (
        b"<html lang=de><title>Lieferung | Veloria</title><nav>Startseite</nav>"
        b"<main><h1>Lieferung</h1><p>Wir liefern <b>schnell</b>"
        b" nach &Ouml;sterreich und in die ganze Schweiz.</p><ul><li>Rad<ul><li>montiert</li></ul></li><li>Teile</li></ul>"
        b"<table><tr><th>Land<th>Preis<tr><td>DE<td>39</table>" + b"<p>Und noch mehr Text dazu.</p>" * 8 + b"</main>"
        b"<footer>Impressum</footer><script>alert(1)</script>"
    )
    [page] = read(html, "html")
    assert (page.title, page.language) == ("Lieferung", "de")
    assert shape(page)[:3] == [
        ("text", "Wir liefern schnell nach Österreich und in die ganze Schweiz."),
        ("list", "- Rad\n  - montiert\n- Teile"),
        ("table", "Land | Preis\nDE | 39"),
    ]
    assert "Impressum" not in page.text
    assert "alert" not in page.text


def test_without_marked_content_the_text_is_found_all_the_same() -> None:
    text = "Our workshop repairs every bike, also those bought elsewhere, within three working days. " * 4
    html = f"<html><body><div class=menu><a href=/>Home</a></div><div><h2>Workshop</h2><p>{text}</p></div></body></html>"
    [page] = read(html.encode(), "html")
    assert "repairs every bike" in page.text


@pytest.mark.promise("KN1")
@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text", "Grüße\n\nZweiter Absatz".encode("utf-16"), "Zweiter Absatz"),
        ("text", "Stra\xdfe und M\xfcller, sch\xf6ne Gr\xfc\xdfe aus K\xf6ln".encode("latin-1"), "Straße"),
        ("markdown", b"---\ntitle: Care\nabout: City 3\n---\n# Care\n\n- oil\n- clean\n", "- oil\n- clean"),
        ("csv", b"model;weight\nCity 3;14,2\n", "City 3 | 14,2"),
        (
            "json",
            b'{"shop": {"hours": "10 to 18", "days": ["Mon", "Tue"]}}',
            "shop \xe2\x80\xba hours: 10 to 18".encode("latin-1").decode(),
        ),
        ("xml", b"<shop><hours>10 to 18</hours></shop>", "hours: 10 to 18"),
        ("text", b"[server]\nport = 80\n", "port = 80"),
    ],
)
def test_plain_formats_are_read(kind: str, body: bytes, said: str) -> None:
    [page] = read(body, kind)
    assert said in page.text


def test_json_lines_with_questions_become_entries_with_what_they_are_about() -> None:
    body = b'{"id": "a", "question": "Is there a lift?", "answer": "No.", "about": "Hobsons House"}\n'
    body += b'{"id": "b", "title": "T", "text": "x"}'
    first, second = read(body, "json")
    assert (first.key, first.question, first.about) == ("a", "Is there a lift?", "Hobsons House")
    assert (second.key, second.question, second.title) == ("b", None, "T")


@pytest.mark.parametrize(
    ("kind", "body", "cause"),
    [
        ("docx", files.zip_bomb(), "unpacks to far more"),
        ("docx", b"PK\x03\x04 this is no archive", "cannot be unpacked"),
        ("docx", b"plain text", "no docx file"),
        ("pdf", b"%PDF-1.7\nrubbish", "damaged"),
        ("pdf", files.pdf(encrypted=True), "needs a password"),
        ("pdf", b"not a pdf", "no PDF file"),
        ("text", bytes(range(256)) * 50, "not text"),
        ("text", b"\x00\x00  \n", "empty"),
        ("markdown", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "not the text"),
        ("json", b'{"a": ' * 30_000, "not valid JSON"),
        ("xml", b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>', "defines entities"),
        ("xml", b"<a><b></a>", "not valid XML"),
        ("html", b"<html><body><script>only()</script></body></html>", "No text was found"),
        ("xlsx", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "old Office format"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_helps(kind: str, body: bytes, cause: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(body, kind)
    assert cause in told.value.cause
    assert told.value.cure.endswith(".")


def test_a_file_that_takes_too_long_is_given_up() -> None:
    nested = b"<div>" * 400_000
    with pytest.raises(Unreadable, match=r"longer than 1 seconds|more memory|brought its reader down|No text"):
        read(nested + b"x", "html", seconds=1, megabytes=400)


def test_a_file_that_needs_too_much_memory_is_given_up_and_the_next_one_is_read() -> None:
    with Reader(Limits(megabytes=200)) as reader:
        with pytest.raises(Unreadable, match=r"more memory|brought its reader down"):
            reader.read(b'["' + b"x" * 150_000_000 + b'"]', "json", "large.json")
        assert reader.read(b"still here", "text", "small.txt")[0].text == "still here"


def test_the_reader_does_not_know_the_products_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_SECRET_KEY", "k" * 32)
    with Reader() as reader:
        reader.read(b"hello", "text", "a.txt")
        assert reader._process is not None
        assert b"FIRSTLINE_SECRET_KEY" not in Path(f"/proc/{reader._process.pid}/environ").read_bytes()


def test_kinds_go_by_the_ending_then_by_the_content_type() -> None:
    assert kind_of("A.DOCX") == "docx"
    assert kind_of("nginx.conf") == "text"
    assert kind_of("page", "text/html; charset=utf-8") == "html"
    assert kind_of("film.mp4") is None


def test_blocks_know_their_kind() -> None:
    [page] = read(b"# A\n\ntext\n\n```\ncode  here\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", "markdown")
    assert [block.kind for block in page.blocks] == [BlockKind.TEXT, BlockKind.CODE, BlockKind.TABLE]
