"""Whether a sample conversation could have happened: names exist, and the agent is quiet after a human (HO9)."""

from collections.abc import Iterator

from firstline.demo.company import World
from firstline.demo.talks import AGENT, CUSTOMER, SYSTEM, Assigned, Closed, Commented, HandedOff, Happening, Said, Talk, TookOver


def problems_in(talk: Talk, world: World) -> Iterator[str]:
    """What is wrong with the course of a conversation, one sentence each."""
    if talk.customer not in {one.id for one in world.customers}:
        yield f"there is no customer {talk.customer!r}"
    course = _Course(world)
    for one in talk.entry:
        yield from (f"minute {one.after}, {one.kind}: {problem}" for problem in course.goes_on(one))


class _Course:
    """Who has the word as a conversation goes on. The agent has it at first."""

    def __init__(self, world: World) -> None:
        self.mates = {one.id for one in world.teammates}
        self.teams = {one.id for one in world.teams}
        self.citable = {one.slug for one in world.public_articles} | {one.id for one in world.short_answers}
        self.held = True
        self.closed = False

    def goes_on(self, one: Happening) -> Iterator[str]:
        if self.closed:
            yield "comes after the end"
        if isinstance(one, Said):
            yield from self._said(one)
        else:
            yield from self._changed(one)
        self.held = self.held and not (
            isinstance(one, HandedOff | Assigned | TookOver) or (isinstance(one, Said) and one.by in self.mates)
        )
        self.closed = isinstance(one, Closed)

    def _said(self, one: Said) -> Iterator[str]:
        if one.by not in self.mates | {CUSTOMER, AGENT}:
            yield f"nobody is called {one.by!r}"
        if one.by == AGENT and not self.held:
            yield "the agent speaks without having the word"
        yield from (f"cites {slug!r}, which does not exist or is private" for slug in one.cites if slug not in self.citable)

    def _changed(self, one: Commented | HandedOff | Assigned | TookOver | Closed) -> Iterator[str]:
        match one:
            case HandedOff(by=by, to=to):
                if by != AGENT or not self.held:
                    yield "only the agent hands off, and only what it has"
                if to not in self.teams:
                    yield f"there is no team {to!r}"
            case Assigned(by=by, to=to):
                if to not in self.mates or by not in self.mates | {SYSTEM}:
                    yield f"from {by!r} to {to!r} is not from a teammate or the system to a teammate"
            case TookOver(by=by) | Commented(by=by):
                if by not in self.mates:
                    yield f"there is no teammate {by!r}"
            case Closed(by=by):
                if by not in self.mates | {SYSTEM}:
                    yield f"{by!r} cannot close"
