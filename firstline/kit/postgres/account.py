"""Which account of the machine PostgreSQL runs under, and how that account gets to the files.

PostgreSQL refuses to run as root. An ordinary user runs it as himself; root runs it as the owner of the data folder, or as
a system account made for it.
"""

import os
import pwd
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "firstline-db"
"""The system account that root's PostgreSQL runs under."""


class CannotStart(RuntimeError):
    """The database cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """A user of the machine, by numbers."""

    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """The account to run as, or None for the present one.

    :param folder: the database's folder, which may not exist yet.
    :raises CannotStart: if the folder belongs to somebody else, or root cannot make the account.
    """
    owner = folder.stat().st_uid if folder.exists() else None
    me = os.geteuid()
    if me != 0:
        if owner not in (None, me):
            raise CannotStart(
                f"The database in {folder} belongs to the user “{_name(owner)}”. Run Firstline as root or as that user, or "
                "choose another data folder with --data."
            )
        return None
    if owner:
        return Account(owner, _entry(owner, folder).pw_gid)
    return _system_account()


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def _entry(uid: int, folder: Path) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise CannotStart(
            f"The database in {folder} belongs to the user number {uid}, whom this machine does not know. "
            f"Give it to another one with: chown -R USER {folder}"
        ) from None


def _system_account() -> Account:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        try:
            made = subprocess.run([*command, "--shell", "/usr/sbin/nologin", NAME], capture_output=True, text=True, check=False)
            said = made.stderr.strip()
        except FileNotFoundError:
            said = "there is no program useradd"
        try:
            entry = pwd.getpwnam(NAME)
        except KeyError:
            raise CannotStart(
                f"PostgreSQL does not run as root, and the system account “{NAME}” could not be made ({said}). "
                "Make it yourself, or run Firstline as an ordinary user."
            ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def open_way(path: Path, account: Account) -> None:
    """Let the account pass through every folder above ``path``, without letting it list or read them.

    Only that account gets the right (an access control list entry); where the file system knows none, everybody may
    pass through (``o+x``), which still lists nothing.
    """
    for folder in path.parents:
        found = folder.stat()
        may = found.st_mode & (stat.S_IXUSR if found.st_uid == account.uid else stat.S_IXOTH)
        if may:
            continue
        try:
            _grant_passing(folder, account.uid)
        except (OSError, AttributeError):
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_HEAD, _ROW = struct.Struct("<I"), struct.Struct("<HHI")


def _grant_passing(folder: Path, uid: int) -> None:
    """Add “may pass” for one user to a folder's access control list (layout: Linux, posix_acl_xattr.h)."""
    mode = folder.stat().st_mode
    try:
        raw = os.getxattr(folder, _ACL)
        rows = {(tag, who): allowed for tag, allowed, who in _ROW.iter_unpack(raw[_HEAD.size :])}
    except OSError:
        rows = {
            (_USER_OBJ, _NOBODY): mode >> 6 & 7,
            (_GROUP_OBJ, _NOBODY): mode >> 3 & 7,
            (_MASK, _NOBODY): mode >> 3 & 7,
            (_OTHER, _NOBODY): mode & 7,
        }
    rows[_USER, uid] = rows.get((_USER, uid), 0) | 1
    rows[_MASK, _NOBODY] = rows.get((_MASK, _NOBODY), mode >> 3 & 7) | 1
    packed = (_ROW.pack(tag, allowed, who) for (tag, who), allowed in sorted(rows.items()))
    os.setxattr(folder, _ACL, _HEAD.pack(2) + b"".join(packed))
