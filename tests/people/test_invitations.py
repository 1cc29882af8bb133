"""Invitations, seats, leaving and coming back, forgotten passwords, sessions."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from firstline.conversations import ownership
from firstline.conversations.rules import Owner, OwnerKind
from firstline.conversations.tables import conversation
from firstline.kit.clock import FixedClock
from firstline.kit.database import Database
from firstline.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from firstline.people import commands, invitations, queries, resets, roles, signin
from firstline.people import seats as seating
from firstline.people.invitations import Invited
from firstline.people.tables import audit_entry, notice, password_reset
from firstline.wiring import FOLLOWS
from tests.world import KEYRING, PASSWORD, Shop

BASE = "https://help.veloria.example"


def _invite(shop: Shop, email: str = "lea@veloria.example", **more: object) -> Invited:
    return shop.database.run(invitations.invite, KEYRING, BASE, email=email, by=shop.ines, **more)  # type: ignore[arg-type]


def _token(link: str) -> str:
    return link.rpartition("/")[2]


def _accept(shop: Shop, link: str, password: str = PASSWORD) -> str:
    return shop.database.run(invitations.accept, KEYRING, _token(link), name="Lea Klein", password=password)


@pytest.mark.promise("PM5")
def test_an_invitation_comes_by_mail_and_makes_a_teammate_once(shop: Shop) -> None:
    invited = _invite(shop, name="Lea", role="agent_editor", team_id=shop.workshop)
    mail = shop.database.run(lambda tx: tx.row(select(notice)))
    assert mail is not None
    assert (mail.address, mail.secret) == ("lea@veloria.example", True)
    assert invited.link in mail.words
    assert invited.link.startswith(f"{BASE}/invitation/")
    lea = shop.database.run(queries.teammate_of, _accept(shop, invited.link))
    assert (lea.name, lea.role, lea.seat) == ("Lea Klein", "agent_editor", True)
    teams = {team.id: team for team in shop.database.run(queries.teams)}
    assert lea.id in teams[shop.workshop].main_members
    assert shop.database.run(signin.sign_in, "lea@veloria.example", PASSWORD)
    with pytest.raises(Unauthenticated, match="was used"):
        _accept(shop, invited.link)


@pytest.mark.promise("PM5")
def test_an_invitation_ends_after_a_week_when_it_is_revoked_and_when_a_newer_one_is_sent(shop: Shop, clock: FixedClock) -> None:
    first = _invite(shop)
    second = shop.database.run(invitations.send_again, KEYRING, BASE, first.id, by=shop.ines)
    assert shop.database.run(invitations.link_of, KEYRING, BASE, first.id, by=shop.ines).startswith(BASE)
    with pytest.raises(Unauthenticated):
        _accept(shop, first.link)
    clock.advance(timedelta(days=7))
    with pytest.raises(Unauthenticated, match="expired"):
        _accept(shop, second.link)
    third = shop.database.run(invitations.send_again, KEYRING, BASE, first.id, by=shop.ines)
    shop.database.run(invitations.revoke, first.id, by=shop.ines)
    with pytest.raises(Unauthenticated):
        _accept(shop, third.link)
    with pytest.raises(NotFound):
        shop.database.run(invitations.send_again, KEYRING, BASE, first.id, by=shop.ines)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "W10.x.y", "é" * 3000])
def test_a_forged_invitation_lets_nobody_in(shop: Shop, token: str) -> None:
    with pytest.raises(Unauthenticated):
        shop.database.run(invitations.accept, KEYRING, token, name="X", password=PASSWORD)
    forged = KEYRING.sign("other purpose", ["inv_1", 1])
    with pytest.raises(Unauthenticated):
        shop.database.run(invitations.accept, KEYRING, forged, name="X", password=PASSWORD)


def test_a_password_that_is_too_short_leaves_the_invitation_good(shop: Shop) -> None:
    invited = _invite(shop)
    with pytest.raises(Invalid):
        _accept(shop, invited.link, "short")
    assert _accept(shop, invited.link)


def test_nobody_is_invited_twice_or_invited_while_they_are_here(shop: Shop) -> None:
    _invite(shop)
    with pytest.raises(Conflict, match="invited already"):
        _invite(shop, "LEA@veloria.example")
    with pytest.raises(Conflict, match="belongs to a teammate"):
        _invite(shop, "samira@veloria.example")
    with pytest.raises(Invalid):
        _invite(shop, "no address")


def test_whoever_invites_gives_no_more_than_they_have_and_their_invitations_end_with_them(shop: Shop) -> None:
    shop.database.run(commands.change_teammate, shop.samira.id, role="manager", by=shop.ines)
    samira = shop.database.run(commands.actor_of, shop.samira.id)
    with pytest.raises(Forbidden):
        shop.database.run(invitations.invite, KEYRING, BASE, email="x@veloria.example", role="super_admin", by=samira)
    made = shop.database.run(invitations.invite, KEYRING, BASE, email="x@veloria.example", by=samira)
    shop.database.run(commands.disable_teammate, shop.samira.id, by=shop.ines)
    with pytest.raises(Unauthenticated):
        _accept(shop, made.link)


@pytest.mark.promise("PM3")
def test_seats_are_counted_and_limited_wherever_one_is_given(shop: Shop) -> None:
    with pytest.raises(Conflict, match="3 seats are assigned"):
        shop.database.run(seating.set_seat_limit, 2, by=shop.ines)
    invited = _invite(shop)
    shop.database.run(seating.set_seat_limit, 3, by=shop.ines)
    assert shop.database.run(seating.seats).left == 0
    for attempt in (
        lambda: _invite(shop, "other@veloria.example"),
        lambda: shop.database.run(commands.add_teammate, name="X", email="x@veloria.example", password=None, by=shop.ines),
    ):
        with pytest.raises(Conflict, match="All 3 seats"):
            attempt()
    lea = _accept(shop, invited.link)
    assert not shop.database.run(queries.teammate_of, lea).seat
    with pytest.raises(Conflict, match="All 3 seats"):
        shop.database.run(commands.change_teammate, lea, seat=True, by=shop.ines)
    shop.database.run(commands.change_teammate, shop.jonas.id, seat=False, by=shop.ines)
    shop.database.run(commands.change_teammate, lea, seat=True, by=shop.ines)


def test_whoever_was_deactivated_can_come_back_and_their_conversations_went_to_their_team(shop: Shop, dsn: str) -> None:
    heard = shop.hears("Hello").conversation_id
    shop.database.run(ownership.assign, heard, Owner(OwnerKind.TEAMMATE, shop.samira.id), shop.ines)
    wired = Database(dsn, shop.database.clock, followers=FOLLOWS, threads=1)
    wired.run(commands.disable_teammate, shop.samira.id, by=shop.ines)
    wired.close()
    row = shop.database.run(lambda tx: tx.row(select(conversation).where(conversation.c.id == heard)))
    assert row is not None
    assert (row.owner_kind, row.owner_id) == ("team", shop.service)
    with pytest.raises(Unauthenticated):
        shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)
    shop.database.run(commands.reactivate_teammate, shop.samira.id, seat=True, by=shop.ines)
    assert shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)
    with pytest.raises(NotFound):
        shop.database.run(commands.reactivate_teammate, shop.samira.id, by=shop.ines)


@pytest.mark.promise("PM5")
def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(shop: Shop, clock: FixedClock) -> None:
    old = shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD)
    for email in ("Samira@veloria.example", "nobody@veloria.example", "samira@veloria.example"):
        shop.database.run(resets.ask, BASE, email)
    (mail,) = shop.database.run(lambda tx: tx.rows(select(notice)))
    token = _token(next(line for line in mail.words.splitlines() if line.startswith(BASE)))
    assert token.encode() not in bytes(shop.database.run(lambda tx: tx.scalar(select(password_reset.c.token_hash))))
    assert shop.database.run(resets.is_good, token)
    shop.database.run(resets.reset, token, "another long password")
    assert shop.database.run(signin.who, old) is None
    assert shop.database.run(signin.sign_in, "samira@veloria.example", "another long password")
    with pytest.raises(Unauthenticated, match="was used"):
        shop.database.run(resets.reset, token, "yet another password")
    late = _token(shop.database.run(resets.link_for, BASE, shop.samira.id, by=shop.ines))
    clock.advance(timedelta(hours=1))
    with pytest.raises(Unauthenticated):
        shop.database.run(resets.reset, late, "yet another password")


@pytest.mark.promise("PM5")
def test_a_session_ends_when_it_is_idle_when_it_is_old_and_when_it_is_ended(shop: Shop, clock: FixedClock) -> None:
    idle, used = (shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD) for _ in range(2))
    for _ in range(6):
        clock.advance(timedelta(days=2))
        assert shop.database.run(signin.who, used) is not None
    assert shop.database.run(signin.who, idle) is None
    clock.advance(timedelta(days=2))
    assert shop.database.run(signin.who, used) is None
    three = [shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD) for _ in range(3)]
    ids = [shop.database.run(signin.look, token).session_id for token in three]
    with pytest.raises(Forbidden):
        shop.database.run(signin.end_session, ids[0], by=shop.jonas)
    shop.database.run(signin.end_session, ids[0], by=shop.samira)
    assert shop.database.run(signin.sign_out_everywhere, shop.samira.id, but=ids[1], by=shop.samira) == 1
    assert [shop.database.run(signin.who, token) is not None for token in three] == [False, True, False]


@pytest.mark.promise("PM4")
def test_signing_in_out_and_failing_is_in_the_audit_log_without_the_password(shop: Shop) -> None:
    token = shop.database.run(signin.sign_in, "samira@veloria.example", PASSWORD, signin.Where("10.0.0.7", "Firefox"))
    shop.database.run(signin.sign_out, token)
    shop.database.run(signin.note_failure, "samira@veloria.example", signin.Where("10.0.0.8"))
    shop.database.run(signin.note_failure, "stranger@x.example")
    rows = shop.database.run(lambda tx: tx.rows(select(audit_entry).order_by(audit_entry.c.id.desc()).limit(4)))
    assert [(row.verb, row.by_name, row.address) for row in reversed(rows)] == [
        ("session.open", "Samira Bakri", "10.0.0.7"),
        ("session.close", "Samira Bakri", ""),
        ("session.fail", "Samira Bakri", "10.0.0.8"),
        ("session.fail", "Somebody unknown", ""),
    ]


def test_a_role_somebody_is_invited_with_stays(shop: Shop) -> None:
    made = shop.database.run(roles.create_role, "Front desk", ["inbox.use"], by=shop.ines)
    _invite(shop, role=made)
    with pytest.raises(Conflict, match="invited"):
        shop.database.run(roles.delete_role, made, by=shop.ines)
