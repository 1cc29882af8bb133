"""Registry packages as archives: downloaded by the user's own client, opened, one member taken out, nothing run."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PATIENCE = 300.0
"""Seconds one package may take to download."""


class Unavailable(Exception):
    """The package, its client or its member is not there; the message says which."""


@dataclass(frozen=True)
class Package:
    """A file inside a package; ``registry`` is ``pypi`` or ``npm``, ``spec`` the exact version in that registry's way."""

    registry: str
    spec: str
    member: str = ""

    @property
    def archive(self) -> "Package":
        """The package without the member: what is downloaded."""
        return Package(self.registry, self.spec)

    def __str__(self) -> str:
        return f"package {self.spec} ({self.registry})"


def download(package: Package, folder: Path, progress: Callable[[int], None]) -> Path:
    """Download a package without installing it; ``progress`` is told the bytes that have come.

    :raises Unavailable: if the client is missing or does not get it.
    """
    target = folder / f"{package.registry}-{len(list(folder.iterdir()))}"
    target.mkdir()
    _run(_command(package, target), target, progress)
    found = sorted(path for path in target.iterdir() if path.suffix in (".whl", ".tgz"))
    if not found:
        raise Unavailable("the registry has it, but not as an archive")
    return found[0]


def _command(package: Package, target: Path) -> list[str]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise Unavailable("npm is not installed")
        return [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(target), package.spec]
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--only-binary", ":all:"]
    return [sys.executable, "-m", "pip", "download", *options, "--dest", str(target), package.spec]


def _run(command: list[str], target: Path, progress: Callable[[int], None]) -> None:
    scratch = target / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        command, cwd=target, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=_environment(scratch),
    )  # fmt: skip
    waited = 0.0
    while True:
        try:
            _, errors = process.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            waited += 0.2
            if waited > PATIENCE:
                process.kill()
                process.communicate()
                raise Unavailable(f"took longer than {PATIENCE:.0f} seconds") from None
            progress(sum(path.stat().st_size for path in target.rglob("*") if path.is_file()))
    if process.returncode:
        lines = [line for line in errors.strip().splitlines() if line.strip()]
        raise Unavailable(lines[-1][:300] if lines else f"{command[0]} ended with code {process.returncode}")


def _environment(scratch: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(scratch)}


def extract(archive: Path, member: str, out: Path, *, most: int) -> None:
    """Write one member of a wheel or tarball to a file, at most so many bytes and one more.

    :raises Unavailable: if there is no such member, or the archive is broken.
    """
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source:
                _copy(source, out, most)
        else:
            with tarfile.open(archive) as tarball:
                found = tarball.extractfile(member)
                if found is None:
                    raise KeyError(member)
                _copy(found, out, most)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise Unavailable(f"{member} cannot be taken out of {archive.name}: {error}") from None


def _copy(source: IO[bytes], out: Path, most: int) -> None:
    with out.open("wb") as target:
        left = most + 1
        while left > 0 and (chunk := source.read(min(1 << 20, left))):
            target.write(chunk)
            left -= len(chunk)
