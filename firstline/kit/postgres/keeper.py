"""Keeps one PostgreSQL server running for as long as somebody uses it. Run as a program, on the standard library alone.

    keeper.py POSTGRES FOLDER USERS_LOCK LOG ALIVE [UID GID]

It starts the server as its child, starts it again should it be killed, and waits for an exclusive lock on USERS_LOCK, of
which every user of the server holds a shared one. When it gets it, nobody is left: it stops the server and ends. ALIVE is
the descriptor of the lock that says “a keeper lives”; whoever started this process took it.
"""

import fcntl
import os
import signal
import sys
import time

SETTLED = 10.0
"""Seconds after which a server counts as having started well."""
TRIES = 4
"""Starts in a row that may fail."""
PATIENCE = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""How a server is stopped: ever more firmly, each time waiting so many seconds. SIGINT is PostgreSQL's “fast”."""
LOG_LIMIT = 4 << 20
"""Bytes of the log before it begins anew; one old log is kept beside it."""
LOG_LOOK = 300.0
"""Seconds between two looks at the log's size."""


class Keeper:
    """One server and what is known of it."""

    def __init__(self, program: str, folder: str, log: str, account: tuple[int, int] | None) -> None:
        self.program, self.folder, self.log, self.account = program, folder, log, account
        self.child = 0
        self.began = 0.0
        self.failed = 0

    def start(self) -> None:
        """Start the server."""
        self.began = time.monotonic()
        self.child = os.fork()
        if self.child:
            return
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            if self.account:
                os.setgroups([])
                os.setgid(self.account[1])
                os.setuid(self.account[0])
            os.umask(0o077)
            os.execv(self.program, [self.program, "-D", self.folder])
        finally:
            os._exit(127)

    def look(self, *_: object) -> None:
        """A child ended: if it was the server, start it again; give up when that does not help."""
        if not self.child or not self._ended():
            return
        self.failed = self.failed + 1 if time.monotonic() - self.began < SETTLED else 1
        if self.failed >= TRIES:
            sys.exit(1)
        time.sleep(0.1 * self.failed)
        self.start()

    def _ended(self) -> bool:
        return os.waitpid(self.child, os.WNOHANG)[0] == self.child

    def bound_log(self, *_: object) -> None:
        """Put a log that grew too long aside. The server appends to the same open file, so it is emptied, not replaced."""
        try:
            if os.stat(self.log).st_size > LOG_LIMIT:
                with open(self.log, "rb") as full, open(self.log + ".1", "wb") as aside:
                    aside.write(full.read())
                os.truncate(self.log, 0)
        except OSError:
            return  # removed, or the disk is full: the server matters more

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for how, seconds in PATIENCE:
            os.kill(self.child, how)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if self._ended():
                    return
                time.sleep(0.01)


def main(program: str, folder: str, lock: str, log: str, alive: str, *account: str) -> None:
    """Run a server until nobody uses it."""
    if os.fork():
        os._exit(0)
    os.set_inheritable(int(alive), False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    keeper = Keeper(program, folder, log, (int(account[0]), int(account[1])) if account else None)
    signal.signal(signal.SIGCHLD, keeper.look)
    signal.signal(signal.SIGALRM, keeper.bound_log)
    signal.setitimer(signal.ITIMER_REAL, LOG_LOOK, LOG_LOOK)
    keeper.bound_log()
    keeper.start()
    users = os.open(lock, os.O_RDONLY)
    fcntl.flock(users, fcntl.LOCK_EX)
    keeper.stop()
    os.close(int(alive))  # before the other lock goes: whoever waits for that one must not find a keeper


if __name__ == "__main__":
    main(*sys.argv[1:])
