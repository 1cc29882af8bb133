"""The embedded PostgreSQL with real processes: start, share, leave, be killed."""

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from firstline.kit import locks
from firstline.kit.postgres import CannotStart, Server, account, install, keeper, processes, program

PATIENCE = 20.0
"""Seconds until something that must happen counts as not happening."""

USER = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests run in the background
from firstline.kit.postgres import Server
server = Server.start(Path(sys.argv[1]), durable=False)
print(server.started_it, flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database exists and is stopped."""
    data = tmp_path_factory.mktemp("filled")
    Server.start(data, durable=False).stop()
    return data


@pytest.fixture
def data(filled: Path) -> Iterator[Path]:
    """The same folder for every test, which must leave nothing running; what a failed one left is not passed on to the next."""
    yield filled
    left = processes.living_in(filled / "postgres")
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert left == []


@contextlib.contextmanager
def another_process(data: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that uses the server until a line is written to it."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def until_gone(data: Path) -> None:
    """Wait for the keeper to be through; its lock says so."""
    with locks.exclusively(data / "run" / "postgres.keeper", PATIENCE):
        return


def answer(server: Server, query: str = "select 1") -> object:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row and row[0]


def keeper_of(data: Path) -> int:
    postmaster = (data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
    return int(Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[1])


def postmaster_of(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


@pytest.mark.promise("OP1")
def test_a_new_folder_becomes_a_database_with_the_vector_extension(tmp_path: Path) -> None:
    server = Server.start(tmp_path / "deep" / "data", durable=False)
    try:
        assert answer(server, "select '[1,2]'::vector <-> '[1,2]'::vector") == 0
        assert answer(server, "select lower('ÄÖÜ')") == "äöü"
        assert answer(server, "show jit") == "off"
        assert answer(server, "show listen_addresses") == ""
    finally:
        server.stop()
    assert processes.living_in(tmp_path / "deep" / "data" / "postgres") == []


def test_fsync_is_on_unless_a_test_asks_for_less(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    install.configure(tmp_path / "postgres", None, socket=tmp_path, durable=True)
    assert "fsync = off" not in (tmp_path / "postgres" / "postgresql.conf").read_text()


def test_data_is_there_at_the_second_start(data: Path) -> None:
    server = Server.start(data, durable=False)
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("create table kept as select 7 as seven")
    server.stop()
    server = Server.start(data, durable=False)
    assert answer(server, "select seven from kept") == 7
    server.stop()


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    deep = tmp_path / ("long-" * 15) / ("näme-" * 15)
    server = Server.start(deep, durable=False)
    try:
        assert answer(server) == 1
        assert server.socket.stat().st_mode & 0o077 == 0 or os.geteuid() == 0
    finally:
        server.stop()


def test_a_second_process_shares_the_server_and_the_last_one_stops_it(data: Path) -> None:
    server = Server.start(data, durable=False)
    with another_process(data) as other:
        assert first_line(other) == "False"
        server.stop()
        assert processes.living_in(data / "postgres")
        other.communicate("done\n", timeout=PATIENCE)
    assert processes.living_in(data / "postgres") == []


def test_leaving_twice_is_leaving_once(data: Path) -> None:
    server, again = Server.start(data, durable=False), Server.start(data, durable=False)
    assert (server.started_it, again.started_it) == (True, False)
    server.stop()
    server.stop()
    assert answer(again) == 1
    again.stop()


def test_a_killed_process_takes_its_server_along(data: Path) -> None:
    with another_process(data) as other:
        assert first_line(other) == "True"
        other.kill()
        other.wait()
    until_gone(data)
    assert processes.living_in(data / "postgres") == []


def test_an_interrupt_of_the_whole_process_group_leaves_nothing_behind(data: Path) -> None:
    with another_process(data) as other:
        first_line(other)
        os.killpg(other.pid, signal.SIGINT)
        other.wait(PATIENCE)
        assert processes.living_in(data / "postgres") == []


def test_a_killed_postmaster_is_started_again_while_somebody_uses_it(data: Path) -> None:
    server = Server.start(data, durable=False)
    before = postmaster_of(data)
    os.kill(before, signal.SIGKILL)
    for _ in range(600):
        with contextlib.suppress(psycopg.OperationalError, FileNotFoundError, ValueError):  # the new file is empty for a moment
            if postmaster_of(data) != before and answer(server) == 1:
                break
        locks_wait()
    assert postmaster_of(data) != before
    server.stop()


def locks_wait() -> None:
    """A moment for other processes."""
    subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)


def test_after_a_kill_of_everything_the_orphan_is_stopped_and_a_new_server_starts(data: Path) -> None:
    with another_process(data) as other:
        first_line(other)
        orphan = postmaster_of(data)
        os.kill(keeper_of(data), signal.SIGKILL)
        other.kill()
        other.wait()
    until_gone(data)
    assert orphan in processes.living_in(data / "postgres")
    server = Server.start(data, durable=False)
    assert server.started_it
    assert postmaster_of(data) != orphan
    assert answer(server) == 1
    server.stop()


def test_without_its_keeper_a_server_that_is_used_goes_on_and_the_last_user_stops_it(data: Path) -> None:
    with another_process(data) as other:
        first_line(other)
        os.kill(keeper_of(data), signal.SIGKILL)
        until_gone(data)
        server = Server.start(data, durable=False)
        assert not server.started_it
        other.communicate("done\n", timeout=PATIENCE)
        assert answer(server) == 1
        server.stop()


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(data: Path) -> None:
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data / 'postgres'}\n1\n5432\n{data}\n\n1 1\nready\n")
    server = Server.start(data, durable=False)
    assert answer(server) == 1
    server.stop()


def test_a_half_made_folder_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    server = Server.start(tmp_path, durable=False)
    server.stop()
    assert not (tmp_path / "postgres.new").exists()


def test_a_folder_of_another_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match=r"PostgreSQL 9; this release brings PostgreSQL 18"):
        Server.start(tmp_path, durable=False)


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    extra = data / "postgres" / "postgresql.auto.conf"
    before = extra.read_text()
    extra.write_text("shared_buffers = 'plenty'\n")
    try:
        with pytest.raises(CannotStart, match="plenty"):
            Server.start(data, durable=False)
    finally:
        extra.write_text(before)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(CannotStart, match="data"):
        Server.start(tmp_path / "data")


def test_the_log_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_bytes(b"x" * (keeper.LOG_LIMIT + 1))
    kept = keeper.Keeper("", "", str(log), None)
    kept.bound_log()
    assert log.stat().st_size == 0
    assert (tmp_path / "postgres.log.1").stat().st_size == keeper.LOG_LIMIT + 1
    log.unlink()
    kept.bound_log()


def test_a_database_name_and_a_folder_with_odd_characters_survive_the_address(tmp_path: Path) -> None:
    server = Server.start(tmp_path / "Müller & Söhne 100%", durable=False)
    try:
        assert answer(server) == 1
        assert psycopg.conninfo.conninfo_to_dict(server.dsn("a b/c"))["dbname"] == "a b/c"
    finally:
        server.stop()


def test_backup_programs_are_there() -> None:
    for name in ("pg_dump", "pg_restore", "psql"):
        assert os.access(program(name), os.X_OK)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through; pytest closes its own to others whenever it starts anywhere."""
    with tempfile.TemporaryDirectory(prefix="firstline-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root can")


@needs_root
def test_root_opens_the_way_for_one_account_only(open_folder: Path) -> None:
    closed = open_folder / "closed"
    inside = closed / "inside"
    inside.mkdir(parents=True)
    inside.chmod(0o755)
    closed.chmod(0o700)
    nobody = pwd.getpwnam("nobody")
    account.open_way(inside / "file", account.Account(nobody.pw_uid, nobody.pw_gid))

    def can_pass(uid: int) -> bool:
        return not subprocess.run(["test", "-x", str(inside)], user=uid, extra_groups=[], check=False).returncode

    def can_list(uid: int) -> bool:
        return not subprocess.run(["test", "-r", str(closed)], user=uid, extra_groups=[], check=False).returncode

    assert can_pass(nobody.pw_uid)
    assert not can_list(nobody.pw_uid)
    assert not can_pass(nobody.pw_uid - 1)


@needs_root
def test_an_ordinary_user_runs_it_as_himself_and_is_told_whose_folder_it_is(open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    python = _python_for(nobody.pw_uid)
    if python is None:
        pytest.skip("no Python with the packages that an ordinary user may run")
    mine = open_folder / "mine"
    mine.mkdir()
    os.chown(mine, nobody.pw_uid, nobody.pw_gid)
    started = _as_nobody(python, mine, nobody)
    assert started.stdout.strip() == "True", started.stderr
    assert (mine / "postgres").stat().st_uid == nobody.pw_uid
    as_root = Server.start(mine, durable=False)
    assert answer(as_root) == 1
    as_root.stop()
    assert (mine / "postgres" / "postmaster.opts").stat().st_uid == nobody.pw_uid
    roots = open_folder / "roots"
    (roots / "run").mkdir(parents=True)
    os.chown(roots / "run", nobody.pw_uid, nobody.pw_gid)
    (roots / "postgres").mkdir()
    refused = _as_nobody(python, roots, nobody)
    assert "belongs to the user “root”" in refused.stderr


def _python_for(uid: int) -> list[str] | None:
    """A Python that another user may start, with this environment's packages."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if not subprocess.run(["test", "-x", os.path.realpath(candidate)], user=uid, extra_groups=[], check=False).returncode:
            return [candidate]
    return None


def _as_nobody(python: list[str], data: Path, nobody: pwd.struct_passwd) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*python, "-c", USER, str(data)],
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
        input="done\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
