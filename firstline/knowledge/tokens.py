"""Token vectors of passages, the latest kept in memory: they are a hundred times larger than what else a search reads."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from firstline.kit.database import Tx
from firstline.knowledge.compact import Packed
from firstline.knowledge.compact import packed as as_array

KEPT_BYTES = 48_000_000
"""Memory for packed token vectors: some four thousand passages."""


class TokenStore:
    """Token vectors by passage. A passage's text never changes under its id, so what is kept stays right."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, tx: Tx, passage_ids: Sequence[str]) -> dict[str, Packed]:
        """The token vectors of passages; those deleted meanwhile are left out."""
        with self._lock:
            packed = {one: self._kept[one] for one in passage_ids if one in self._kept}
            for one in packed:
                self._kept.move_to_end(one)
        absent = [one for one in passage_ids if one not in packed]
        if absent:
            query = "select passage_id, tokens from passage_vector where passage_id = any(%s)"
            with tx.raw.cursor(binary=True) as cursor:
                fetched = {row[0]: bytes(row[1]) for row in cursor.execute(query, (absent,))}
            packed |= fetched
            self._keep(fetched)
        return {one: as_array(value) for one, value in packed.items()}

    def _keep(self, fetched: dict[str, bytes]) -> None:
        with self._lock:
            for one, value in fetched.items():
                if one not in self._kept:
                    self._kept[one] = value
                    self._size += len(value)
            while self._size > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
