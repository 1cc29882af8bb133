"""What the cases run on: one company, one database, two whole Firstlines with their workers."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from firstline.channels import accounts
from firstline.channels.base import Account
from firstline.channels.tables import raw_delivery
from firstline.conversations import queries
from firstline.conversations.rules import Entry
from firstline.conversations.tables import conversation
from firstline.kit.clock import SystemClock
from firstline.kit.database import Database
from firstline.kit.ids import new_id
from firstline.kit.migrate import migrate
from firstline.kit.postgres import Server
from tests.product.running import Product
from tests.world import Shop, found_shop


@dataclass
class Ground:
    """Two Firstlines over one database. Each case connects accounts of its own."""

    shop: Shop
    first: Product
    second: Product
    shared: dict[str, Any]
    """What the cases of a channel share, such as a simulator; closed at the end if it has ``close``."""

    def connect(self, kind: str, name: str = "", **given: Any) -> Account:
        """A connected account of a channel, with its secrets."""
        made = self.first.post("/channel-accounts", kind=kind, name=name or new_id(kind), **given)["id"]
        return self.shop.database.run(accounts.which, made, self.keyring)

    @property
    def keyring(self) -> Any:
        """Opens secrets."""
        return self.first.app.state.keyring

    def deliver(self, path: str, body: bytes, headers: Mapping[str, str], *, to: Product | None = None) -> httpx.Response:
        """A provider posts to a webhook; a delivery that is applied by a job was applied when this returns."""
        product = to or self.first
        answer = httpx.post(f"{product.url}{path}", content=body, headers=dict(headers), timeout=30)
        self.until(lambda: not self.count(raw_delivery, waits=True))
        return answer

    def deliver_to_both(self, path: str, body: bytes, headers: Mapping[str, str]) -> list[int]:
        """The same delivery reaches both Firstlines at the same moment; the statuses."""
        with ThreadPoolExecutor(2) as pool:
            posted = [pool.submit(self.deliver, path, body, headers, to=one) for one in (self.first, self.second)]
            return [one.result().status_code for one in posted]

    def until(self, look: Callable[[], Any]) -> Any:
        """What a look gives as soon as it gives something."""
        return self.first.until(look)

    def talks(self, account: Account) -> list[str]:
        """The conversations on an account, oldest first."""
        query = select(conversation.c.id).where(conversation.c.channel_account_id == account.id).order_by(conversation.c.id)
        return [row.id for row in self.shop.database.run(lambda tx: tx.rows(query))]

    def said(self, account: Account) -> list[Entry]:
        """Every message on an account, in order."""
        return [one for talk in self.talks(account) for one in self.shop.database.run(queries.said, talk)]

    def letters(self, account: Account) -> list[dict[str, Any]]:
        """The dead letters of an account."""
        found: list[dict[str, Any]] = self.first.get("/dead-letters", channel_account_id=account.id)["items"]
        return found

    def count(self, table: Any, **where: Any) -> int:
        """Rows of a table with these values."""
        query = select(func.count()).select_from(table)
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        return int(self.shop.database.run(lambda tx: tx.scalar(query)) or 0)


@contextlib.contextmanager
def over(shop: Shop, folder: Path) -> Iterator[Ground]:
    """Two Firstlines over a company's database while the block lasts."""
    shared: dict[str, Any] = {}
    with Product(shop, folder).running() as first, Product(shop, folder).running() as second:
        try:
            yield Ground(shop, first, second, shared)
        finally:
            for one in shared.values():
                if callable(close := getattr(one, "close", None)):
                    close()


@contextlib.contextmanager
def fresh() -> Iterator[Ground]:
    """The same over a database server of its own."""
    with tempfile.TemporaryDirectory(prefix="firstline-conformance-") as folder:
        server = Server.start(Path(folder) / "postgres", durable=False)
        database = Database(server.dsn("postgres"), SystemClock(), threads=4)
        try:
            migrate(database)
            with over(Shop(database=database, **database.run(found_shop)), Path(folder)) as ground:
                yield ground
        finally:
            database.close()
            server.stop()
