"""REST of sources and search, over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient

from firstline import problems
from firstline.kit.errors import Refused
from firstline.knowledge import api
from firstline.people import keys
from firstline.settings import Settings
from tests.knowledge import files
from tests.knowledge.conftest import Library
from tests.world import Shop


@pytest.fixture
def http(shop: Shop, library: Library) -> Iterator[TestClient]:
    app = FastAPI(exception_handlers={Refused: problems.refused, RequestValidationError: problems.invalid})
    app.state.database = library.database
    app.state.finder = library.finder
    app.state.settings = Settings(max_upload_mb=2)
    app.include_router(api.router)
    key = library.database.run(keys.create_api_key, "test", by=shop.ines)[1]
    with TestClient(app, headers={"authorization": f"Bearer {key}"}) as client:
        yield client


def made(http: TestClient, **body: Any) -> dict[str, Any]:
    answer = http.post("/api/v1/sources", json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


@pytest.mark.promise("KN1", "KN2")
def test_a_short_answer_is_created_read_found_and_deleted(http: TestClient, library: Library) -> None:
    created = made(http, kind="short_answer", question="Do you rent bikes?", answer="No, we do not.")
    assert (created["state"], created["access"], created["used"]) == ("queued", "public", False)
    library.read()
    shown = http.get(f"/api/v1/sources/{created['id']}").json()
    assert (shown["state"], shown["passages"], shown["answer"], shown["problem"]) == ("ready", 1, "No, we do not.", None)
    found = http.post("/api/v1/knowledge/search", json={"query": "Can I rent a bike?", "limit": 1}).json()
    [hit] = found["items"]
    assert (hit["source_id"], hit["title"], hit["text"]) == (created["id"], "Do you rent bikes?", "No, we do not.")
    assert set(hit) >= {"passage_id", "source_id", "title", "text", "score"}
    assert http.delete(f"/api/v1/sources/{created['id']}").status_code == 204
    assert http.get(f"/api/v1/sources/{created['id']}").status_code == 404


@pytest.mark.promise("KN1")
def test_a_text_a_page_and_a_site_are_created(http: TestClient) -> None:
    text = made(http, kind="text", title="Hours", text="Open from ten.", url="https://veloria.example/hours", access="private")
    page = made(http, kind="url", url="veloria.example/help", schedule="weekly")
    site = made(http, kind="site", url="https://veloria.example", max_pages=20)
    assert (text["kind"], text["access"], text["url"]) == ("text", "private", "https://veloria.example/hours")
    assert (page["url"], page["schedule"]) == ("https://veloria.example/help", "weekly")
    assert (site["url"], site["max_pages"]) == ("https://veloria.example/", 20)
    listed = http.get("/api/v1/sources", params={"limit": 2}).json()
    assert [one["id"] for one in listed["items"]] == [site["id"], page["id"]]
    rest = http.get("/api/v1/sources", params={"cursor": listed["next"]}).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([text["id"]], None)


@pytest.mark.promise("KN1")
def test_a_file_is_uploaded_and_read(http: TestClient, library: Library) -> None:
    form = {"file": ("Rückgabe.docx", files.word())}
    answer = http.post("/api/v1/sources", files=form, data={"access": "private", "audiences": "dealers, staff"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["file_name"], answer.json()["audiences"]) == ("Rückgabe.docx", ["dealers", "staff"])
    library.read()
    shown = http.get(f"/api/v1/sources/{answer.json()['id']}").json()
    assert (shown["state"], shown["pages"]) == ("ready", 1)
    [page] = http.get(f"/api/v1/sources/{shown['id']}/pages").json()["items"]
    assert (page["title"], page["state"]) == ("Returns", "read")


def test_a_failed_source_names_cause_and_cure(http: TestClient, library: Library) -> None:
    created = http.post("/api/v1/sources", files={"file": ("a.pdf", b"%PDF-1.4 rubbish")}).json()
    library.read()
    shown = http.get(f"/api/v1/sources/{created['id']}").json()
    assert shown["state"] == "failed"
    assert "damaged" in shown["problem"]["cause"]
    assert shown["problem"]["cure"]


def test_a_source_is_changed_and_synced(http: TestClient) -> None:
    created = made(http, kind="text", title="Hours", text="Open from ten.")
    changed = http.patch(f"/api/v1/sources/{created['id']}", json={"title": "Opening hours", "access": "private"}).json()
    assert (changed["title"], changed["access"]) == ("Opening hours", "private")
    answer = http.post(f"/api/v1/sources/{created['id']}/sync")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "short_answer", "question": "A?"}, 422, "answer"),
        ({"kind": "url"}, 422, "url"),
        ({"kind": "url", "url": "javascript:alert(1)"}, 422, "url"),
        ({"kind": "site", "url": "https://a.example", "max_pages": 0}, 422, "max_pages"),
        ({"kind": "carrier_pigeon"}, 422, None),
        ({"kind": "text", "title": "T", "text": "t", "access": "secret"}, 422, "access"),
        ({"kind": "text", "title": "T", "text": "t", "hobby": "x"}, 422, "hobby"),
        ([], 422, None),
        ({}, 422, None),
    ],
)
def test_a_wrong_body_is_refused_with_its_field(http: TestClient, body: object, status: int, field: str | None) -> None:
    answer = http.post("/api/v1/sources", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json().get("field") == field


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b'{"kind":"text","title":"\\ud800","text":"x"}'])
def test_a_body_that_is_no_json_is_refused(http: TestClient, body: bytes) -> None:
    assert http.post("/api/v1/sources", content=body, headers={"content-type": "application/json"}).status_code == 422


def test_an_upload_that_is_too_large_is_refused_before_it_has_come(http: TestClient) -> None:
    answer = http.post("/api/v1/sources", files={"file": ("a.txt", b"x" * 3_500_000)})
    assert answer.status_code == 413
    assert "larger than 2 MB" in answer.json()["detail"]


def test_an_upload_that_hides_its_size_is_cut_off(http: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(200):
            sent += 1
            yield b"x" * 1_000_000

    answer = http.post("/api/v1/sources", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content", [b"--x--", b"rubbish", b'--x\r\ncontent-disposition: form-data; name="access"\r\n\r\npublic\r\n--x--']
)
def test_a_form_without_a_file_is_refused(http: TestClient, content: bytes) -> None:
    answer = http.post("/api/v1/sources", content=content, headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, answer.json().get("field")) == (422, "file")


def test_without_a_key_nothing_is_told(http: TestClient) -> None:
    http.headers.pop("authorization")
    assert http.get("/api/v1/sources").status_code == 401
    assert http.post("/api/v1/knowledge/search", json={"query": "x"}).status_code == 401


def test_a_teammate_without_a_seat_cannot_add_sources(http: TestClient, library: Library, shop: Shop) -> None:
    key = library.database.run(keys.create_api_key, "jonas", by=shop.jonas)[1]
    answer = http.post(
        "/api/v1/sources", json={"kind": "text", "title": "T", "text": "t"}, headers={"authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 403
