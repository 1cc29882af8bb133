"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when the phone is gone."""

import hashlib
import hmac
import io
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, func, insert, select, update

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound, Unauthenticated
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.passwords import token_hash
from firstline.people.roles import require_not_above
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.signin import NOWHERE, Standing, Where, look, open_session, sign_out_everywhere
from firstline.people.tables import account, recovery_code, session, teammate

STEP = 30
CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for each other."""


def begin(tx: Tx, keyring: Keyring, *, by: Actor) -> str:
    """A new secret for the app, which counts once a code of it was entered; returns it. Asked again, it is the same.

    :raises Conflict: if there is a second factor already.
    """
    _by_hand(by)
    mate = tx.row(select(teammate).where(teammate.c.id == by.id).with_for_update())
    if mate is None or mate.totp_since is not None:
        raise Conflict("You have a second factor already. Turn it off first to set up another.")
    if mate.totp_secret is not None:
        return keyring.open(mate.totp_secret)["totp"]
    secret = pyotp.random_base32()
    tx.execute(update(teammate).where(teammate.c.id == by.id).values(totp_secret=keyring.seal({"totp": secret})))
    return secret


def address_for(secret: str, email: str, company: str) -> str:
    """What the QR code says (``otpauth://``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"Firstline {company}".strip())


def drawn(address: str) -> str:
    """The QR code as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", omitsize=True, border=2, xmldecl=False, svgns=True, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def confirm(tx: Tx, keyring: Keyring, code: str, *, session_id: str = "", by: Actor) -> list[str]:
    """Turn the second factor on, with a code that shows the app has it; returns the recovery codes, shown this once.

    Every other browser is signed out.

    :raises Invalid: if the code is wrong.
    """
    _by_hand(by)
    mate = tx.row(select(teammate).where(teammate.c.id == by.id).with_for_update())
    if mate is None or mate.totp_since is not None or mate.totp_secret is None:
        raise Conflict("Begin again: open Profile and set up the second factor.")
    step = _step(keyring.open(mate.totp_secret)["totp"], code, tx.now, 0)
    if step is None:
        raise Invalid("This is not the code that the app shows now. Is the clock of your phone right?", field="code")
    tx.execute(update(teammate).where(teammate.c.id == by.id).values(totp_since=tx.now, totp_step=step))
    tx.execute(update(session).where(session.c.id == session_id, session.c.teammate_id == by.id).values(second_factor=True))
    sign_out_everywhere(tx, by.id, but=session_id, by=by)
    audit.record(tx, by, "second_factor.turn_on", by.id)
    return _new_codes(tx, by.id)


def renew_codes(tx: Tx, *, by: Actor) -> list[str]:
    """New recovery codes; the ones before stop working."""
    _by_hand(by)
    if tx.scalar(select(teammate.c.totp_since).where(teammate.c.id == by.id)) is None:
        raise Conflict("There is no second factor to recover. Set it up first.")
    audit.record(tx, by, "second_factor.renew_codes", by.id)
    return _new_codes(tx, by.id)


def codes_left(tx: Tx, teammate_id: str) -> int:
    """How many recovery codes were not used."""
    query = select(func.count()).where(recovery_code.c.teammate_id == teammate_id, recovery_code.c.used_at.is_(None))
    return int(tx.scalar(query) or 0)


def pass_door(tx: Tx, keyring: Keyring, token: str, code: str, where: Where = NOWHERE) -> str:
    """The second step of signing in: a code of the app or a recovery code; returns the token of a new session.

    :raises Unauthenticated: if the password has to be entered first, or again. :raises Invalid: if the code is wrong.
    """
    seen = look(tx, token)
    if seen.standing is not Standing.SECOND_FACTOR:
        raise Unauthenticated("Enter your password first.")
    mate = tx.row(select(teammate).where(teammate.c.id == seen.teammate_id).with_for_update())
    if mate is None:
        raise Unauthenticated("Enter your password first.")
    step = _step(keyring.open(mate.totp_secret)["totp"], code, tx.now, mate.totp_step)
    if step is not None:
        tx.execute(update(teammate).where(teammate.c.id == mate.id).values(totp_step=step))
    elif _use_recovery(tx, mate.id, code):
        by = Actor(ActorKind.TEAMMATE, mate.id, mate.name)
        audit.record(tx, by, "second_factor.recover", mate.id, after={"left": codes_left(tx, mate.id)}, address=where.address)
    else:
        raise Invalid("The code is wrong, or was used already. Wait for the next one.", field="code")
    tx.execute(delete(session).where(session.c.id == seen.session_id))
    return open_session(tx, mate.id, where=where, second_factor=True)


def turn_off(tx: Tx, teammate_id: str, *, by: Actor) -> None:
    """Take the second factor away: one's own, unless the account demands one, or somebody's who lost it, with the permission."""
    mate = tx.row(select(teammate).where(teammate.c.id == teammate_id).with_for_update())
    if by.id != teammate_id or by.key:
        by.require(Permission.MANAGE_TEAMMATES)
        if mate is not None:
            require_not_above(tx, mate.role, mate.name, by)
    elif tx.scalar(select(account.c.second_factor_required)):
        raise Conflict("The account demands a second factor. Set up a new one with another teammate's help, or renew the codes.")
    if mate is None:
        raise NotFound(f"There is no teammate {teammate_id[:60]}.")
    values = {"totp_secret": None, "totp_since": None, "totp_step": 0}
    tx.execute(update(teammate).where(teammate.c.id == teammate_id).values(**values))
    tx.execute(delete(recovery_code).where(recovery_code.c.teammate_id == teammate_id))
    if by.id != teammate_id:
        tx.execute(delete(session).where(session.c.teammate_id == teammate_id))
    audit.record(tx, by, "second_factor.turn_off", teammate_id)


def demand(tx: Tx, required: bool, *, by: Actor) -> None:
    """Whether everybody who signs in with a password needs a second factor.

    :raises Conflict: if whoever demands it has none: they would be the first who cannot go on.
    """
    by.require(Permission.MANAGE_SECURITY)
    if (
        required
        and by.kind is ActorKind.TEAMMATE
        and tx.scalar(select(teammate.c.totp_since).where(teammate.c.id == by.id)) is None
    ):
        raise Conflict("Set up your own second factor first, under Profile.")
    before = bool(tx.scalar(select(account.c.second_factor_required)))
    if before != required:
        tx.execute(update(account).values(second_factor_required=required))
        audit.record(tx, by, "second_factor.demand", "account", before={"required": before}, after={"required": required})


def _by_hand(by: Actor) -> None:
    if by.key or by.kind is not ActorKind.TEAMMATE:
        raise Conflict("A second factor is set up by its teammate, in the console.")


def _step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code it is: the present one or its neighbours, and later than the last one used."""
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    app = pyotp.TOTP(secret, interval=STEP)
    present = int(now.timestamp()) // STEP
    fits = [step for step in (present - 1, present, present + 1) if hmac.compare_digest(app.generate_otp(step), digits)]
    return next((step for step in fits if step > after), None)


def _new_codes(tx: Tx, teammate_id: str) -> list[str]:
    tx.execute(delete(recovery_code).where(recovery_code.c.teammate_id == teammate_id))
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]
    tx.execute(insert(recovery_code), [{"teammate_id": teammate_id, "code_hash": _code_hash(teammate_id, one)} for one in codes])
    return codes


def _code_hash(teammate_id: str, code: str) -> bytes:
    """Slow on purpose: a recovery code has 49 bits only."""
    plain = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.scrypt(plain.encode(), salt=token_hash(teammate_id)[:16], n=2**13, r=8, p=1, dklen=32)


def _use_recovery(tx: Tx, teammate_id: str, code: str) -> bool:
    plain = "".join(c for c in code if c.isalnum())
    if len(plain) != 10 or not plain.isascii():
        return False
    used = (
        update(recovery_code)
        .where(
            recovery_code.c.teammate_id == teammate_id,
            recovery_code.c.code_hash == _code_hash(teammate_id, code),
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=tx.now)
    )
    return bool(tx.execute(used).rowcount)
