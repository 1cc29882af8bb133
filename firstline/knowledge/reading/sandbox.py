"""Reading hostile documents: in another process, without the product's environment, with limits on time and memory."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import firstline
from firstline.knowledge.document import Page
from firstline.knowledge.reading.formats import Limits, Unreadable

_GRACE = 10.0
"""Seconds beyond the limit that the reading process has to start and to answer."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Reader:
    """A reading process, started at the first document and ended with the ``with`` block. For one thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()
        if self._folder is not None:
            self._folder.cleanup()

    def read(self, body: bytes, kind: str, name: str, *, url: str | None = None, charset: str | None = None) -> list[Page]:
        """The pages of a document of a kind (``formats.ENDINGS``); blocks the thread.

        :raises Unreadable: with the cause and the cure.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="firstline-read-")
        path, out = Path(self._folder.name, "document"), Path(self._folder.name, "pages.json")
        path.write_bytes(body)
        out.unlink(missing_ok=True)
        request = {"path": str(path), "out": str(out), "kind": kind, "name": name, "url": url, "charset": charset}
        answer = self._ask({**request, "limits": asdict(self.limits)})
        path.unlink()
        if "killed" in answer:
            raise self._killed(answer["killed"])
        return _pages(out)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = _start(self._folder.name if self._folder else "/")
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], self.limits.seconds + _GRACE)
            line = process.stdout.readline() if ready else ""
        except BrokenPipeError:
            line = ""
        if not line:
            ended = process.poll()
            self._stop()
            return {"killed": signal.SIGALRM if ended is None else 0}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _killed(self, number: int) -> Unreadable:
        if number in (signal.SIGALRM, signal.SIGXCPU):
            return Unreadable(f"Reading it took longer than {self.limits.seconds} seconds.", "Split it into smaller files.")
        if number == signal.SIGXFSZ:
            return Unreadable("It holds more text than can be taken in.", "Split it into smaller files.")
        return Unreadable("It brought its reader down, as a damaged file does.", "Save it again, or in another format.")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _start(folder: str) -> subprocess.Popen[str]:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(firstline.__file__).parents[1]), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-m", "firstline.knowledge.reading.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )


def _pages(out: Path) -> list[Page]:
    try:
        data = json.loads(out.read_text("utf-8"))
        if "problem" in data:
            cause, cure = data["problem"]
            if cause == "memory":
                cause, cure = "Reading it needs more memory than a document may take.", "Split it into smaller files."
            raise Unreadable(str(cause), str(cure))
        return [Page.from_json(page) for page in data["pages"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise Unreadable("Its reader ended without a result.", "Save it again, or in another format.") from None
