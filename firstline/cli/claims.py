"""What a process that serves claims before it starts anything: its port, and its data folder."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator

from firstline.cli.environment import Failed
from firstline.kit import locks
from firstline.settings import Settings


@contextlib.contextmanager
def listening_on(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on the port, taken before anything else is started.

    :raises Failed: if it cannot be had, saying which and what to do.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror:
        raise Failed(f"There is no address “{host}” to listen on. Use 127.0.0.1, or 0.0.0.0 for all networks.") from None
    with socket.socket(found[0], socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(found[4])
        except OSError as error:
            raise Failed(_no_port(host, port, error)) from error
        listening.set_inheritable(True)
        yield listening


def _no_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one: --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights; ports from 1024 on do not: --port 8000"
    return f"Cannot listen on {host} port {port}: {error.strerror}."


@contextlib.contextmanager
def alone_in(settings: Settings) -> Iterator[None]:
    """Hold the data folder's place for the one process that serves from it.

    :raises Failed: if another one does, with its number and address.
    """
    run = settings.data / "run"
    try:
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = locks.opened(run / "serve")
    except OSError as error:
        raise Failed(
            f"The data folder {settings.data} cannot be used: {error.strerror}. Choose another one: --data DIR"
        ) from error
    try:
        if not locks.tried(place, fcntl.LOCK_EX):
            who = os.read(place, 300).decode(errors="replace") or "Another process"
            raise Failed(f"{who} serves from {settings.data} already. Stop it, or choose another folder: --data DIR")
        os.ftruncate(place, 0)
        os.write(place, f"Process {os.getpid()} ({settings.base_url})".encode())
        yield
    finally:
        os.close(place)
