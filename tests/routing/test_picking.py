"""Which teammate gets a conversation (RT3, RT5)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.routing.picking import Candidate, Pick, PickKind, obstacle, pick
from firstline.routing.situation import Destination, DestinationKind

BOTH = frozenset({"inbox", "help_desk"})
SERVICE = Destination(DestinationKind.TEAMS, ("tem_service",))
TWO_TEAMS = Destination(DestinationKind.TEAMS, ("tem_service", "tem_workshop"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def mate(id_: str, **facts: Any) -> Candidate:
    given_facts = {"available": True, "seat": True, "workspaces": BOTH, "main_team": "tem_service", **facts}
    return Candidate(id=id_, name=id_.title(), **given_facts)


def chosen(found: Pick) -> tuple[str, str | None, list[str]]:
    return found.kind.value, found.id, [reason.code for reason in found.reasons]


TABLE: list[tuple[str, Destination, list[Candidate], tuple[str, str | None, list[str]]]] = [
    ("one who can", SERVICE, [mate("samira")], ("teammate", "samira", ["only_one"])),
    ("the least loaded", SERVICE, [mate("samira", load=3), mate("jonas", load=1)], ("teammate", "jonas", ["least_loaded"])),
    (
        "as many each: the longest waiting",
        SERVICE,
        [mate("samira", last_assigned_at=NOON), mate("jonas", last_assigned_at=NOON - timedelta(minutes=1))],
        ("teammate", "jonas", ["round_robin"]),
    ),
    (
        "who never had one is first",
        SERVICE,
        [mate("samira", last_assigned_at=NOON), mate("jonas")],
        ("teammate", "jonas", ["round_robin"]),
    ),
    ("away", SERVICE, [mate("samira", available=False), mate("jonas")], ("teammate", "jonas", ["away", "only_one"])),
    ("without a seat", SERVICE, [mate("samira", seat=False), mate("jonas")], ("teammate", "jonas", ["no_seat", "only_one"])),
    (
        "without the workspace",
        SERVICE,
        [mate("samira", workspaces=frozenset({"inbox"})), mate("jonas")],
        ("teammate", "jonas", ["no_workspace", "only_one"]),
    ),
    (
        "at capacity",
        SERVICE,
        [mate("samira", load=5, capacity=5), mate("jonas", load=9)],
        ("teammate", "jonas", ["full", "only_one"]),
    ),
    ("one below capacity", SERVICE, [mate("samira", load=4, capacity=5)], ("teammate", "samira", ["only_one"])),
    ("a capacity of nothing", SERVICE, [mate("samira", capacity=0)], ("team", "tem_service", ["full", "queued"])),
    ("of another team", SERVICE, [mate("jonas", main_team="tem_workshop")], ("team", "tem_service", ["queued"])),
    ("helps in the team, is no main member", SERVICE, [mate("jonas", main_team=None)], ("team", "tem_service", ["queued"])),
    (
        "two teams",
        TWO_TEAMS,
        [mate("samira", load=1), mate("jonas", main_team="tem_workshop")],
        ("teammate", "jonas", ["least_loaded"]),
    ),
    (
        "two teams, all away: the first one's queue",
        TWO_TEAMS,
        [mate("jonas", main_team="tem_workshop", available=False)],
        ("team", "tem_service", ["away", "queued"]),
    ),
    ("an empty team", SERVICE, [], ("team", "tem_service", ["queued"])),
    (
        "specific teammates, whatever their team",
        Destination(DestinationKind.TEAMMATES, ("jonas",)),
        [mate("samira"), mate("jonas", main_team=None, load=7)],
        ("teammate", "jonas", ["only_one"]),
    ),
    (
        "specific teammates, all away",
        Destination(DestinationKind.TEAMMATES, ("jonas",)),
        [mate("samira"), mate("jonas", available=False)],
        ("nobody", None, ["away", "waiting"]),
    ),
    (
        "the contact's owner",
        Destination(DestinationKind.CONTACT_OWNER),
        [mate("samira"), mate("ines")],
        ("teammate", "ines", ["only_one"]),
    ),
    ("nobody", Destination(DestinationKind.NOBODY), [mate("samira")], ("nobody", None, [])),
]


@pytest.mark.promise("RT3")
@pytest.mark.promise("RT5")
@pytest.mark.parametrize(("what", "destination", "candidates", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_who_gets_it(
    what: str, destination: Destination, candidates: list[Candidate], expected: tuple[str, str | None, list[str]]
) -> None:
    assert chosen(pick(destination, candidates, "help_desk", contact_owner_id="ines")) == expected


def test_reasons_name_who_was_left_out_and_why() -> None:
    found = pick(
        SERVICE,
        [mate("samira", available=False), mate("jonas", workspaces=frozenset()), mate("ines", available=False)],
        "help_desk",
        names={"tem_service": "Service team"},
    )
    assert [reason.text for reason in found.reasons] == [
        "Away: Samira, Ines",
        "Without the help desk: Jonas",
        "Waits in the queue of Service team until somebody can take it",
    ]
    crowd = pick(SERVICE, [mate(f"m{n}", available=False) for n in range(9)], "inbox")
    assert crowd.reasons[0].text == "Away: M0, M1, M2, M3, M4 and 4 more"


def test_it_waits_only_where_somebody_could_take_it_later() -> None:
    assert pick(SERVICE, [], "inbox").waits
    assert pick(Destination(DestinationKind.TEAMMATES, ("jonas",)), [], "inbox").waits
    assert not pick(Destination(DestinationKind.NOBODY), [], "inbox").waits
    assert not pick(SERVICE, [mate("samira")], "inbox").waits


candidates = st.builds(
    Candidate,
    id=st.integers(0, 10**6).map(lambda n: f"tmt_{n}"),
    name=st.text(min_size=1, max_size=8),
    available=st.booleans(),
    seat=st.booleans(),
    workspaces=st.sets(st.sampled_from(["inbox", "help_desk"])).map(frozenset),
    main_team=st.sampled_from([None, "tem_service", "tem_workshop"]),
    load=st.integers(0, 4),
    capacity=st.none() | st.integers(0, 4),
    last_assigned_at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Destination, list[Candidate], str | None]:
    crowd = draw(st.lists(candidates, max_size=8, unique_by=lambda one: one.id))
    ids = tuple(one.id for one in crowd if draw(st.booleans()))
    destination = draw(
        st.sampled_from(
            [SERVICE, TWO_TEAMS, Destination(DestinationKind.CONTACT_OWNER), Destination(DestinationKind.TEAMMATES, ids)]
        )
    )
    return destination, crowd, draw(st.sampled_from([None, *ids]))


@pytest.mark.promise("RT3")
@pytest.mark.promise("RT5")
@settings(max_examples=500, deadline=None, derandomize=True)
@given(cases(), st.sampled_from(["inbox", "help_desk"]))
def test_nobody_is_picked_who_may_not_and_nobody_is_passed_over_who_may(
    case: tuple[Destination, list[Candidate], str | None], workspace: str
) -> None:
    destination, crowd, owner = case
    found = pick(destination, crowd, workspace, contact_owner_id=owner)
    reach: dict[DestinationKind, Callable[[Candidate], bool]] = {
        DestinationKind.TEAMS: lambda one: one.main_team is not None and one.main_team in destination.ids,
        DestinationKind.CONTACT_OWNER: lambda one: one.id == owner,
        DestinationKind.TEAMMATES: lambda one: one.id in destination.ids,
    }
    able = [one for one in crowd if reach[destination.kind](one) and obstacle(one, workspace) is None]
    assert (found.kind is PickKind.TEAMMATE) == bool(able)
    assert found.waits == (not able)
    if able:
        (winner,) = (one for one in able if one.id == found.id)
        assert winner.available
        assert winner.seat
        assert workspace in winner.workspaces
        assert winner.capacity is None or winner.load < winner.capacity
        assert winner.load == min(one.load for one in able)
    assert found.reasons


@pytest.mark.promise("RT3")
@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(1, 30))
def test_over_time_everybody_gets_the_same_number(people: int, conversations: int) -> None:
    crowd = {f"tmt_{n}": mate(f"tmt_{n}") for n in range(people)}
    for n in range(conversations):
        found = pick(SERVICE, crowd.values(), "inbox")
        assert found.id is not None
        before = crowd[found.id]
        crowd[found.id] = mate(found.id, load=before.load + 1, last_assigned_at=NOON + timedelta(minutes=n))
    loads = [one.load for one in crowd.values()]
    assert max(loads) - min(loads) <= 1
