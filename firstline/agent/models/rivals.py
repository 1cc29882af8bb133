"""Which row of a table is asked about, and what speaks of another one: *Austria* is asked, *in Germany* is no answer. Pure.

The things that a table tells apart stand in its first column. Where a question names one of them, a unit that names it fits
better, and one that names only others of the same table fits worse, wherever it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from firstline.agent.models.lexicon import words_only
from firstline.agent.models.units import Shape, Unit

ROW = 0.5
NAMED = 0.25
OTHER = 0.6
"""What the row of the thing asked about gains, what naming it elsewhere adds to a unit's fitness, and what naming others alone
takes off it: more than a unit may be worse by and still be shown beside the best one."""
LONGEST = 4
"""Words of a thing's name; longer first cells are descriptions."""
SHORTEST = 3
BENDS = 6
"""Letters from which on a single word may end otherwise: *Germany*, *German*."""

_AND = re.compile(r",|;|/|\b(?:and|or|und|oder|et|ou|y|o|e|en|of|i|lub)\b")


@dataclass(frozen=True)
class Meant:
    """The things of tables that a question names, and the others of the same tables."""

    asked: tuple[re.Pattern[str], ...]
    others: tuple[re.Pattern[str], ...]

    def weight(self, unit: Unit) -> float:
        """What a unit's fitness changes by."""
        if not self.asked:
            return 0.0
        told = f" {words_only(unit.text)} "
        row = f" {words_only(unit.text.partition(':')[0])} " if unit.shape is Shape.ROW else ""
        if any(one.search(row) for one in self.asked):
            return ROW
        if any(one.search(told) for one in self.asked):
            return NAMED
        return -OTHER if any(one.search(told) for one in self.others) else 0.0


def meant(question: str, units: Sequence[Unit]) -> Meant:
    """Read what is asked about from the tables among these units."""
    tables: dict[tuple[str, int], set[str]] = {}
    for unit in units:
        if unit.shape is Shape.ROW:
            tables.setdefault((unit.hit.passage_id, unit.block), set()).update(_things(unit.text.partition(":")[0]))
    plain = f" {words_only(question)} "
    asked: set[str] = set()
    others: set[str] = set()
    for things in tables.values():
        named = {one for one in things if _pattern(one).search(plain)}
        named -= {one for one in named if any(one != longer and f" {one} " in f" {longer} " for longer in named)}
        if named:
            asked |= named
            others |= things - named
    return Meant(tuple(map(_pattern, sorted(asked))), tuple(map(_pattern, sorted(others - asked))))


def _things(cell: str) -> set[str]:
    parts = (words_only(part) for part in _AND.split(cell.lower()))
    return {one for one in parts if len(one) >= SHORTEST and not one.isdigit() and len(one.split()) <= LONGEST}


@lru_cache(maxsize=2048)
def _pattern(thing: str) -> re.Pattern[str]:
    bends = len(thing) >= BENDS and " " not in thing and thing.isalpha()
    return re.compile(rf" {re.escape(thing[:-1])}\w{{0,3}} " if bends else rf" {re.escape(thing)} ")
