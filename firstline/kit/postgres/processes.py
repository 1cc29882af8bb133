"""PostgreSQL processes that nobody keeps any more: left behind when both we and the keeper were killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")


def living_in(folder: Path) -> list[int]:
    """The PostgreSQL processes that work in a database folder, whatever its ``postmaster.pid`` says."""
    if not _PROC.joinpath("self").exists():
        return _by_file(folder)
    found = []
    for entry in _PROC.iterdir():
        try:
            if (entry / "comm").read_text().strip() == "postgres" and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def _by_file(folder: Path) -> list[int]:
    """The same where there is no ``/proc``: the postmaster alone."""
    try:
        number = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return []
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(number)], capture_output=True, text=True, check=False)
    return [number] if str(folder) in shown.stdout else []


def end_all(folder: Path) -> bool:
    """Stop every PostgreSQL process of a folder, in order if that is possible; False if one cannot be stopped."""
    for how, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        for number in living_in(folder):
            try:
                os.kill(number, how)
            except ProcessLookupError:
                continue
            except PermissionError:
                return False
        until = time.monotonic() + seconds
        while living_in(folder):
            if time.monotonic() > until:
                break
            time.sleep(0.02)
        else:
            return True
    return False
