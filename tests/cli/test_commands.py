"""What the commands say and do."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update
from starlette.responses import PlainTextResponse

from firstline.channels.tables import channel_account
from firstline.cli import process
from firstline.invariants import INVARIANTS
from firstline.kit.database import Database, Tx
from firstline.kit.jobs import defer
from firstline.people import sealing
from firstline.people.keys import who_by_key
from firstline.people.signin import sign_in
from firstline.settings import Settings
from tests.cli.conftest import Run
from tests.world import KEYRING, Shop

OWNER = ("--email", "ines@veloria.example", "--password", "long enough 1")


def test_init_makes_the_owner_who_can_sign_in(with_database: Run, database: Database) -> None:
    made = with_database("init", *OWNER, "--company", "Veloria", "--timezone", "Europe/Berlin")
    assert (made.status, made.out) == (0, "")
    assert database.run(sign_in, "ines@veloria.example", "long enough 1")


def test_init_twice_says_what_to_do_instead(with_database: Run) -> None:
    with_database("init", *OWNER)
    again = with_database("init", *OWNER)
    assert again.status == 1
    assert again.err == "This installation is set up already. Sign in, or ask an owner for an invitation.\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--email", "no address", "--password", "long enough 1"), "no email address"),
        (("--email", "a@b.example", "--password", "short"), "at least 10"),
        ((*OWNER, "--timezone", "Mars/Base"), "no time zone"),
    ],
)
def test_init_refuses_what_cannot_be_right(with_database: Run, options: tuple[str, ...], says: str) -> None:
    refused = with_database("init", *options)
    assert refused.status == 1
    assert says in refused.err
    assert "Traceback" not in refused.err


def test_api_key_create_prints_the_key_alone(with_database: Run, database: Database) -> None:
    with_database("init", *OWNER)
    made = with_database("api-key", "create", "--name", "nightly export", "--scopes", "inbox, agent")
    assert made.out.startswith("fl_")
    assert made.out.count("\n") == 1
    actor = database.run(who_by_key, made.out.strip())
    inbox = {"inbox.use", "help_desk.use", "contacts.edit", "conversations.all"}
    assert {str(one) for one in actor.permissions} == inbox | {"customer_agent.edit"}


def test_api_key_create_without_an_owner_says_how_to_get_one(with_database: Run) -> None:
    refused = with_database("api-key", "create", "--name", "x")
    assert refused.status == 1
    assert "bin/firstline init" in refused.err


def test_api_key_create_for_a_stranger_is_refused(with_database: Run) -> None:
    with_database("init", *OWNER)
    refused = with_database("api-key", "create", "--name", "x", "--email", "nobody@veloria.example")
    assert refused.err == "No teammate has the email nobody@veloria.example.\n"


def test_wrong_usage_exits_with_2(firstline: Run) -> None:
    assert firstline("explain").status == 2
    assert firstline("no-such-command").status == 2


def test_a_wrong_setting_is_named(firstline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_PORT", "eighty")
    assert firstline("doctor").err.startswith("FIRSTLINE_PORT: ")


@pytest.mark.promise("PM5")
@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        ("", "192.0.2.9", "127.0.0.1"),
        ("10.0.0.0/8", "192.0.2.9", "127.0.0.1"),
        ("127.0.0.1, 10.0.0.0/8", "203.0.113.5, 192.0.2.9, 10.1.2.3", "192.0.2.9"),
        ("*", "203.0.113.5", "203.0.113.5"),
    ],
)
def test_a_sign_in_comes_from_where_a_trusted_proxy_says_and_from_nowhere_else(
    anywhere: Path, trusted: str, forwarded: str, seen: str
) -> None:
    async def says(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(scope["client"][0])(scope, receive, send)

    server = process.configuration(says, Settings(data=anywhere, trusted_proxies=trusted))  # type: ignore[arg-type]
    server.load()
    client = TestClient(server.loaded_app, client=("127.0.0.1", 50_000))
    assert client.get("/", headers={"X-Forwarded-For": forwarded}).text == seen


def test_a_proxy_that_is_no_address_is_named(firstline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_TRUSTED_PROXIES", "127.0.0.1, my-proxy")
    assert "FIRSTLINE_TRUSTED_PROXIES: Value error, “my-proxy” is neither an address" in firstline("doctor").err


@pytest.mark.parametrize("address", ["nonsense", "mysql://localhost/x", "localhost:5432"])
def test_an_address_that_is_none_is_refused_with_an_example(
    firstline: Run, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", address)
    refused = firstline("doctor")
    assert refused.status == 1
    assert "postgresql://USER:PASSWORD@HOST" in refused.err


def test_a_server_that_is_not_there_is_named_without_its_password(firstline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTLINE_DATABASE_URL", "postgresql://velo:hunter2@127.0.0.1:1/firstline")
    refused = firstline("init", *OWNER)
    assert refused.status == 1
    assert "127.0.0.1" in refused.err
    assert "hunter2" not in refused.err
    assert "Traceback" not in refused.err


def test_data_may_stand_before_or_after_the_command(firstline: Run, anywhere: Path) -> None:
    other = anywhere.parent / "other"
    for arguments in (("--data", str(other), "doctor"), ("doctor", "--data", str(other))):
        assert str(other) in firstline(*arguments).out


def test_doctor_on_an_empty_folder_starts_no_database(firstline: Run, anywhere: Path) -> None:
    looked = firstline("doctor")
    assert looked.status == 0
    assert "There is no database" in looked.out
    assert not (anywhere / "postgres").exists()


@pytest.mark.promise("OP3")
def test_doctor_finds_nothing_in_a_healthy_installation(with_database: Run, shop: Shop) -> None:
    looked = with_database("doctor")
    assert looked.status == 0, looked.out
    assert f"All {len(INVARIANTS)} invariants hold" in looked.out


@pytest.mark.promise("OP3", "RT7")
def test_doctor_finds_a_forgotten_customer_and_exits_with_1(with_database: Run, shop: Shop) -> None:
    shop.hears("Is anybody there?")
    looked = with_database("doctor", "--json")
    assert looked.status == 1
    wrong = [one for one in json.loads(looked.out)["findings"] if one["state"] == "wrong"]
    assert [one["what"].partition(" Not so")[0] for one in wrong] == [
        "A new conversation that nobody has was routed, or is about to be.",
        "An open conversation has a clock.",
    ]
    assert all(one["cure"] for one in wrong)


@pytest.mark.promise("OP3", "PM4")
def test_doctor_names_the_entry_of_the_audit_log_that_was_altered(
    with_database: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTLINE_SECRET_KEY", "k" * 32)
    shop.database.run(sealing.seal_new, KEYRING)
    assert "The audit log is whole" in with_database("doctor").out

    def alter(tx: Tx) -> int:
        tx.execute(text("set local session_replication_role = replica"))
        altered = "update audit_entry set by_name = 'Somebody else' where id = (select max(id) - 1 from audit_entry) returning id"
        return int(tx.scalar(text(altered)))

    entry = shop.database.run(alter)
    looked = with_database("doctor", "--json")
    assert looked.status == 1
    (found,) = [one for one in json.loads(looked.out)["findings"] if one["what"].startswith("The audit log was changed")]
    assert f" {entry} " in found["what"]
    assert "is not what was sealed" in found["what"]
    assert "Compare it with a backup" in found["cure"]


def test_doctor_names_given_up_jobs_and_accounts_that_need_attention(with_database: Run, shop: Shop) -> None:
    shop.database.run(_troubles)
    looked = with_database("doctor")
    assert looked.status == 0
    assert "Jobs that were given up: channels.deliver (1)" in looked.out
    assert "The channel account “Website chat” needs attention" in looked.out
    assert "Nobody works, and 1 jobs wait" in looked.out


def _troubles(tx: Tx) -> None:
    tx.execute(update(channel_account).values(attention={"cause": "token expired"}))
    defer(tx, "channels.deliver", key="a")
    defer(tx, "channels.deliver", key="b")
    tx.execute(text("update procrastinate_jobs set status = 'failed' where lock = 'channels.deliver:a'"))


def test_doctor_warns_of_a_key_that_others_may_read(with_database: Run, shop: Shop, anywhere: Path) -> None:
    anywhere.mkdir()
    key = anywhere / "secret.key"
    key.write_text("x")
    key.chmod(0o644)
    looked = with_database("doctor")
    assert looked.status == 1
    assert f"chmod 600 {key}" in looked.out
    assert "at least 32 bytes" in looked.out


@pytest.mark.promise("DP8")
def test_explain_says_who_would_answer_and_why(with_database: Run, shop: Shop) -> None:
    asked = ("explain", "--channel-account", shop.chat.channel_account_id, "--at", "2026-12-24T18:30")
    told = with_database(*asked)
    assert told.status == 0, told.err
    assert told.out.startswith("Nobody at 2026-12-24T18:30:00+01:00")
    document = json.loads(with_database(*asked, "--json").out)
    assert document["agent"] is False
    assert document["reasons"]


def test_explain_refuses_a_time_that_is_none_and_an_account_that_is_not_there(with_database: Run, shop: Shop) -> None:
    refused = with_database("explain", "--channel-account", shop.chat.channel_account_id, "--at", "tomorrow")
    assert refused.err.startswith("“tomorrow” is no time.")
    assert with_database("explain", "--channel-account", "cha_no").err == "There is no channel account cha_no.\n"


@pytest.mark.promise("AN8")
def test_ask_without_an_agent_says_where_one_is_made(with_database: Run, shop: Shop) -> None:
    refused = with_database("ask", "Is the first service free?")
    assert refused.status == 1
    assert "There is no agent yet" in refused.err
