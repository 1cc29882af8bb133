"""The reading process: takes one request a line, reads each document in a fork with limits, answers one line.

A request is ``{"path", "out", "kind", "name", "url", "charset", "limits"}``; the answer is ``{}`` when ``out`` has been
written, or ``{"killed": signal}``. It ends when its input does. Nothing of the product but the readers is imported.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firstline.knowledge.document import Page
from firstline.knowledge.reading.formats import Limits, Unreadable, confirm

_LARGEST_OUTPUT = 128_000_000
_FILES = 64


def _reader(kind: str, request: dict[str, Any]) -> Callable[[bytes, str, Limits], list[Page]]:
    """The reader of a kind; imported before the fork, so that it is imported once."""
    if kind == "html":
        from firstline.knowledge.reading.web import read_html

        return lambda body, name, limits: read_html(body, name, limits, request.get("url"), request.get("charset"))
    if kind == "pdf":
        from firstline.knowledge.reading.portable import read_pdf

        return read_pdf
    if kind in ("docx", "pptx", "xlsx"):
        from firstline.knowledge.reading import office

        return {"docx": office.read_docx, "pptx": office.read_pptx, "xlsx": office.read_xlsx}[kind]
    if kind == "xml":
        from firstline.knowledge.reading.markup import read_xml

        return read_xml
    from firstline.knowledge.reading import plain, records

    return {"csv": records.read_csv, "json": records.read_json, "markdown": plain.read_markdown}.get(kind, plain.read_text)


def _limit(limits: Limits) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.megabytes << 20, limits.megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_OUTPUT, _LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(request: dict[str, Any], read: Callable[[bytes, str, Limits], list[Page]], limits: Limits) -> dict[str, Any]:
    try:
        body = Path(request["path"]).read_bytes()
        confirm(body, request["kind"])
        pages = [page for page in read(body, request["name"], limits) if _says_something(page)]
        if not pages:
            raise Unreadable(
                "No text was found in it.", "Check that it has text; pictures of text need text recognition (OCR) first."
            )
        return {"pages": [page.as_json() for page in pages]}
    except Unreadable as error:
        return {"problem": [error.cause, error.cure]}
    except MemoryError:
        return {"problem": ["memory", ""]}
    except Exception as error:
        # Whatever a hostile file makes a library raise.
        detail = f"{type(error).__name__}: {error}"[:200]
        return {"problem": [f"The file is damaged or of an unknown variant ({detail}).", "Save it again, or in another format."]}


def _says_something(page: Page) -> bool:
    """Whether a page has a letter or digit."""
    return any(c.isalnum() for block in page.blocks for c in block.text)


def _ended(child: int) -> int:
    """Wait for a fork; when the product itself has gone meanwhile, end it and this process."""
    product, pause = os.getppid(), 0.001
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if os.getppid() != product:
            os.kill(child, signal.SIGKILL)
            raise SystemExit
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    limits = Limits(**request.get("limits", asdict(Limits())))
    read = _reader(request["kind"], request)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _limit(limits)
            Path(request["out"]).write_text(json.dumps(_read(request, read, limits)), "utf-8")
            code = 0
        finally:
            os._exit(code)
    status = _ended(child)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status)}
    return {} if os.WEXITSTATUS(status) == 0 else {"killed": 0}


def main() -> None:
    """Serve requests from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(_serve(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
