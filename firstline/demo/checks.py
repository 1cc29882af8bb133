"""What has to hold between the parts of the demo company."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from zoneinfo import available_timezones

from firstline.demo.company import World
from firstline.demo.course import problems_in
from firstline.demo.questions import Answerable, Courtesy, PersonRequest, Uncovered
from firstline.demo.talks import Talk
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
        yield from (f"conversation {talk.id}: {problem}" for problem in (*_times(talk), *problems_in(talk, world)))


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


def _twice(what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"{what} {value!r} occurs {count} times" for value, count in Counter(values).items() if count > 1)
