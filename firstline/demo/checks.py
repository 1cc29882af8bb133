"""What has to hold between the parts of the demo company."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from zoneinfo import available_timezones

from firstline.demo.company import World
from firstline.demo.questions import Answerable, Courtesy, PersonRequest, Uncovered
from firstline.demo.talks import AGENT, CUSTOMER, SYSTEM, Assigned, Closed, Commented, HandedOff, Said, Talk, TookOver
from firstline.people.rules import ROLES

SHORTEST, LONGEST = 150, 600
"""Words of an article."""


def problems_of(world: World) -> list[str]:
    """Everything that is wrong, one sentence each; empty when all is well."""
    return [*_articles(world), *_people(world), *_questions(world), *_talks(world)]


def _articles(world: World) -> Iterator[str]:
    slugs = {one.slug for one in world.articles}
    public = {one.slug for one in world.public_articles}
    yield from _twice("title", (one.title.casefold() for one in world.articles))
    yield from _twice("slug or id", (*(one.slug for one in world.articles), *(one.id for one in world.short_answers)))
    yield from _twice("short question", (one.question.casefold() for one in world.short_answers))
    for one in world.articles:
        if not SHORTEST <= one.words <= LONGEST:
            yield f"{one.slug}: {one.words} words; {SHORTEST} to {LONGEST} are wanted"
        for link in one.links:
            if link not in (slugs if one.access == "private" else public):
                yield f"{one.slug}: links to {link!r}, which customers cannot read"


def _people(world: World) -> Iterator[str]:
    teams = {one.id for one in world.teams}
    if world.company.timezone not in available_timezones():
        yield f"company: there is no time zone {world.company.timezone!r}"
    yield from _twice("id of a person or team", _ids(world))
    yield from _twice("email of a teammate", (one.email.casefold() for one in world.teammates))
    yield from _twice("identity", (f"{by.kind} {by.value}" for one in world.customers for by in one.identities))
    if not world.teammates or world.teammates[0].role != "super_admin":
        yield "people: the first teammate has to be a super admin, the owner"
    for mate in world.teammates:
        if mate.role not in ROLES:
            yield f"{mate.id}: there is no role {mate.role!r}"
        for team in (mate.team, *mate.helps):
            if team not in teams:
                yield f"{mate.id}: there is no team {team!r}"
    for customer in world.customers:
        if not customer.identities:
            yield f"{customer.id}: has no identity"


def _ids(world: World) -> list[str]:
    return [*(one.id for one in world.teams), *(one.id for one in world.teammates), *(one.id for one in world.customers)]


def _questions(world: World) -> Iterator[str]:
    asked = world.questions
    public = {one.slug for one in world.public_articles} | {one.id for one in world.short_answers}
    kinds: tuple[Sequence[Answerable | Uncovered | PersonRequest | Courtesy], ...]
    kinds = (asked.answerable, asked.uncovered, asked.person, asked.courtesies)
    yield from _twice("question", (one.text.casefold() for kind in kinds for one in kind))
    for question in asked.answerable:
        if not question.answers:
            yield f"{question.text!r}: names no answer"
        for answer in question.answers:
            if answer not in public:
                yield f"{question.text!r}: there is no public article or short answer {answer!r}"
    for uncovered in asked.uncovered:
        for near in uncovered.near:
            if near not in world.titles:
                yield f"{uncovered.text!r}: there is no article or short answer {near!r}"


def _talks(world: World) -> Iterator[str]:
    yield from _twice("conversation", (one.id for one in world.talks))
    for talk in world.talks:
        yield from (f"conversation {talk.id}: {problem}" for problem in (*_times(talk), *_course(world, talk)))


def _times(talk: Talk) -> Iterator[str]:
    if not talk.entry:
        yield "has no entries"
        return
    offsets = [one.after for one in talk.entry]
    if offsets != sorted(offsets) or offsets[0] != 0:
        yield "its entries begin at 0 and do not go back in time"
    if (talk.minutes_ago is None) == (talk.days_ago is None) or (talk.days_ago is None) != (talk.time is None):
        yield "give minutes_ago, or days_ago with time"
    elif talk.minutes_ago is not None and timedelta(minutes=talk.minutes_ago) < talk.lasts:
        yield "ends in the future"
    elif talk.days_ago is not None and talk.time is not None:
        end = timedelta(hours=talk.time.hour, minutes=talk.time.minute) + talk.lasts
        if end >= timedelta(days=talk.days_ago):
            yield "may end in the future, seen from early in the morning"


def _course(world: World, talk: Talk) -> Iterator[str]:
    """Names exist, and nobody speaks who has not the word: the agent never after a human (HO9)."""
    mates, teams = {one.id for one in world.teammates}, {one.id for one in world.teams}
    citable = {one.slug for one in world.public_articles} | {one.id for one in world.short_answers}
    if talk.customer not in {one.id for one in world.customers}:
        yield f"there is no customer {talk.customer!r}"
    held, closed = True, False
    for one in talk.entry:
        where = f"minute {one.after}, {one.kind}"
        if closed:
            yield f"{where}: comes after the end"
        match one:
            case Said(by=by):
                if by not in mates | {CUSTOMER, AGENT}:
                    yield f"{where}: nobody is called {by!r}"
                if by == AGENT and not held:
                    yield f"{where}: the agent speaks without having the word"
                held = held and by not in mates
                for slug in one.cites:
                    if slug not in citable:
                        yield f"{where}: cites {slug!r}, which does not exist or is private"
            case HandedOff(by=by, to=to):
                if by != AGENT or not held:
                    yield f"{where}: only the agent hands off, and only what it has"
                if to not in teams:
                    yield f"{where}: there is no team {to!r}"
                held = False
            case Assigned(by=by, to=to):
                if to not in mates or by not in mates | {SYSTEM}:
                    yield f"{where}: from {by!r} to {to!r} is not from a teammate or the system to a teammate"
                held = False
            case TookOver(by=by) | Commented(by=by):
                if by not in mates:
                    yield f"{where}: there is no teammate {by!r}"
                held = held and not isinstance(one, TookOver)
            case Closed(by=by):
                if by not in mates | {SYSTEM}:
                    yield f"{where}: {by!r} cannot close"
                closed = True


def _twice(what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {value!r} occurs {count} times" for value, count in Counter(values).items() if count > 1)
