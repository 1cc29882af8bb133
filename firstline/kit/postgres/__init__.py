"""PostgreSQL that comes with the product: started in the data folder, stopped when nobody uses it any more.

:class:`Server` is all that others need. How it works:

* The server belongs to no process of ours but to a **keeper** (``keeper.py``), a tiny process in a session of its own.
  So ``Ctrl-C`` in a terminal does not reach PostgreSQL before our connections are closed, and ``kill -9`` of any of our
  processes still ends it in order.
* Whoever uses the server holds a shared file lock, which the kernel gives back however the process ends. The keeper waits
  for that lock exclusively: **the last one to leave stops the server**, be it ``serve`` or an ``ask`` in another shell.
* A parent-death signal (``PR_SET_PDEATHSIG``) was the alternative. It follows the *thread* that forked, is cleared when
  the user changes (we drop root), exists on Linux only, and would take the server from under a second process.
* If the keeper itself is killed, the server goes on for those who use it; the next start that finds nobody using it stops
  what was left and begins anew.
"""

from firstline.kit.postgres.account import CannotStart
from firstline.kit.postgres.install import program
from firstline.kit.postgres.server import Server

__all__ = ["CannotStart", "Server", "program"]
