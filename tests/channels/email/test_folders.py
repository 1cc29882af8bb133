"""Further folders of a mailbox, and servers that count changes (CONDSTORE, QRESYNC): on a real server."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from firstline.channels.attention import notes
from firstline.channels.email import mailboxes
from firstline.channels.email.changes import modseq_of, ranges_in, uids_in
from firstline.channels.email.proving import Proving
from firstline.channels.email.tables import mailbox_folder, mailbox_message
from firstline.conversations.tables import conversation, entry
from firstline.kit.clock import SystemClock
from firstline.kit.errors import Rejected
from tests.channels.email.letters import mail
from tests.channels.email.naming import naming
from tests.channels.email.servers import RULED, Post
from tests.channels.email.test_dkim import NAME, record, signed
from tests.channels.email.test_gmail import Pipe
from tests.channels.email.test_servers import SERVICE, Office
from tests.world import Shop

slow = [pytest.mark.slow, pytest.mark.xdist_group("mail servers")]
OLD = re.compile(rb" (?:CONDSTORE|QRESYNC)\b")


class Plain(Pipe):
    """The same server without what came after RFC 3501."""

    def to_server(self, line: bytes) -> bytes:
        assert b"CHANGEDSINCE" not in line
        return line

    def to_client(self, line: bytes) -> bytes:
        return OLD.sub(b"", line)


class Counting(Pipe):
    """Notes what is asked of the server."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.lines: list[bytes] = []

    def to_server(self, line: bytes) -> bytes:
        self.lines.append(line)
        return line

    def to_client(self, line: bytes) -> bytes:
        return line


class Lying(Pipe):
    """A server whose counts make no sense, and which says that everything is gone."""

    def __init__(self, port: int, count: bytes) -> None:
        super().__init__(port)
        self.count = count

    def to_server(self, line: bytes) -> bytes:
        return line

    def to_client(self, line: bytes) -> bytes:
        line = re.sub(rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ " + self.count, line)
        return b"* VANISHED (EARLIER) 1:4294967295,x,9:,:3\r\n" + line if b"OK Fetch completed" in line else line


@pytest.fixture
def office(shop: Shop, post: Post) -> Iterator[Office]:
    made = Office(shop, post, watch_spam=True, more_folders=[RULED, "inbox", "Sent"])
    yield made
    made.database.close()


def put(office: Office, folder: str, text: str, name: str) -> None:
    with office.post.reading(SERVICE) as client:
        client.append(folder, mail(text, message_id=f"<{name}@customer.example>"))


def entries(office: Office) -> dict[str, bool]:
    """What customers wrote, and whether it is only kept."""
    query = select(entry.c.text, entry.c.quiet).where(entry.c.kind == "message")
    return {row.text: row.quiet for row in office.database.run(lambda tx: tx.rows(query))}


def modseqs(office: Office) -> dict[str, int | None]:
    query = select(mailbox_folder.c.folder, mailbox_folder.c.modseq)
    return {row.folder: row.modseq for row in office.database.run(lambda tx: tx.rows(query))}


def states(office: Office, folder: str = "INBOX") -> list[tuple[int, str]]:
    m = mailbox_message.c
    rows = office.database.run(lambda tx: tx.rows(select(m.uid, m.state).where(m.folder == folder).order_by(m.uid)))
    return [(row.uid, row.state) for row in rows]


class TestFolders:
    pytestmark = slow

    @pytest.mark.promise("CH2")
    def test_spam_and_further_folders_are_read_each_with_its_own_audit_and_a_mail_moved_out_is_answered(
        self, office: Office
    ) -> None:
        folders = {"INBOX", "Sent", "Junk", RULED}

        async def act() -> None:
            await office.until(lambda: set(office.audits()) == folders)
            await asyncio.to_thread(put, office, "Junk", "Is this spam?", "s")
            await asyncio.to_thread(put, office, RULED, "Sorted by a rule", "r")
            await office.until(lambda: entries(office) == {"Is this spam?": True, "Sorted by a rule": False})

            def move() -> None:
                with office.post.reading(SERVICE, "Junk") as client:
                    client.move(client.search(), "INBOX")

            await asyncio.to_thread(move)
            await office.until(lambda: entries(office) == {"Is this spam?": False, "Sorted by a rule": False})
            office.database.run(mailboxes.repair, office.account_id, office.shop.ines)
            await office.until(lambda: all(one.server is not None and not one.repair for one in office.audits().values()))

        office.run(act)
        assert len(office.database.run(lambda tx: tx.rows(select(conversation.c.id)))) == 2
        found = {name: (one.server, one.taken, one.missing) for name, one in office.audits().items()}
        assert found == {"INBOX": (1, 1, ()), "Sent": (0, 0, ()), "Junk": (0, 0, ()), RULED: (1, 1, ())}
        said = asyncio.run(office.channel.check(office.account))
        assert said.startswith(f"INBOX can be read, {RULED} and Junk as well, and Sent tells what is sent elsewhere")

    @pytest.mark.promise("CH7")
    def test_a_folder_that_is_not_there_is_said_and_holds_up_none_of_the_others(self, shop: Shop, post: Post) -> None:
        office = Office(shop, post, more_folders=["Nowhere", "Drafts", RULED], watch_spam=True, spam_folder="No spam")

        async def act() -> None:
            await office.until(lambda: {"INBOX", RULED} <= set(office.audits()))
            await asyncio.to_thread(put, office, RULED, "Sorted by a rule", "r")
            await office.until(lambda: office.texts() == ["Sorted by a rule"])

        office.run(act)
        (note,) = office.database.run(notes, office.account_id)
        for cause in ("The folder Drafts is not read", "Nowhere cannot be opened", "No spam cannot be opened"):
            assert cause in note.text
        with pytest.raises(Rejected, match="Drafts is not read"):
            asyncio.run(office.channel.check(office.account))
        office.database.close()


class TestCounting:
    pytestmark = slow

    def through(self, office: Office, pipe: Pipe, act: Any) -> None:
        async def run() -> None:
            async with pipe.open() as port:
                settings = {**office.account.settings, "imap_port": port, "imap_security": "none", "watch_sent": False}
                settings |= {"watch_spam": False, "more_folders": []}
                await asyncio.to_thread(office.run, act, settings=settings)

        asyncio.run(run())

    def looked(self, office: Office) -> Any:
        """A whole look is over: it ends with an audit, the first time after a start."""
        last = select(func.max(mailbox_folder.c.audited_at))
        before = office.database.run(lambda tx: tx.scalar(last))

        async def act() -> None:
            await office.until(lambda: office.database.run(lambda tx: tx.scalar(last)) != before)

        return act

    @pytest.mark.promise("CH2")
    @pytest.mark.parametrize("way", [Counting, Plain])
    def test_after_a_pause_only_what_changed_is_asked_for_and_what_is_gone_is_noted_where_the_server_can(
        self, office: Office, way: type[Pipe]
    ) -> None:
        counts = way is Counting
        for number in range(3):
            put(office, "INBOX", f"Old {number}", f"o{number}")
        self.through(office, way(office.post.imap), self.looked(office))
        assert (modseqs(office)["INBOX"] is not None) == counts
        for number in range(3):
            put(office, "INBOX", f"Mail {number}", f"m{number}")
        self.through(office, way(office.post.imap), self.looked(office))
        first, second, third = (uid for uid, _ in states(office))
        lose = {"state": "tombstone", "reason": "It could not be read."}
        m = mailbox_message.c
        office.database.run(lambda tx: tx.execute(update(mailbox_message).where(m.uid.in_((first, second))).values(**lose)))
        office.database.run(lambda tx: tx.execute(update(mailbox_folder).values(missing=[first, second], server_count=3)))
        with office.post.reading(SERVICE) as client:
            client.delete_messages([first])
            client.expunge()
            client.add_flags([third], [b"\\Flagged"])
        put(office, "INBOX", "Mail 3", "m3")
        pipe = way(office.post.imap)
        self.through(office, pipe, self.looked(office))
        assert sorted(office.texts()) == ["Mail 0", "Mail 1", "Mail 2", "Mail 3"]
        gone = "gone" if counts else "tombstone"
        assert states(office)[:-1] == [(first, gone), (second, "tombstone"), (third, "taken")]
        if isinstance(pipe, Counting):
            asked = b"".join(pipe.lines)
            assert b"ENABLE QRESYNC" in asked
            assert re.search(rb"UID FETCH \d+:\* \(UID\) \(CHANGEDSINCE \d+ VANISHED\)", asked)
            assert office.audits()["INBOX"].missing == (second,)

    @pytest.mark.promise("CH2")
    @pytest.mark.parametrize("count", [b"1", b"99999999999999999999", b"9223372036854775807", b"0"])
    def test_counts_that_make_no_sense_lose_no_mail(self, office: Office, count: bytes) -> None:
        self.through(office, Lying(office.post.imap, count), self.looked(office))
        for number in range(2):
            put(office, "INBOX", f"Mail {number}", f"m{number}")
            self.through(office, Lying(office.post.imap, count), self.looked(office))
            assert len(office.texts()) == number + 1

    @pytest.mark.promise("CH2")
    def test_a_mail_that_was_listed_too_late_is_taken_once_it_is_among_what_changed(self, office: Office) -> None:
        first_look = self.looked(office)

        def lose() -> None:
            office.database.run(lambda tx: tx.execute(delete(mailbox_message)))
            office.database.run(lambda tx: tx.execute(delete(entry)))
            with office.post.reading(SERVICE) as client:
                client.add_flags(client.search(), [b"\\Answered"])

        async def act() -> None:
            await first_look()
            await asyncio.to_thread(put, office, "INBOX", "Late", "l")
            await office.until(lambda: [state for _, state in states(office)] == ["taken"])
            await asyncio.to_thread(lose)
            await office.until(lambda: office.texts() == ["Late"])

        self.through(office, Counting(office.post.imap), act)


@pytest.mark.parametrize(
    ("told", "ranges"),
    [
        ([b"(EARLIER) 41,43:116"], ((41, 41), (43, 116))),
        ([b"5:3"], ((3, 5),)),
        ([None], ()),
        ([b""], ()),
        (["7"], ()),
        ([b"(EARLIER) 1:*"], ((1, 1),)),
    ],
)
def test_what_vanished_is_read_as_ranges_and_never_counted_out(told: list[Any], ranges: tuple[tuple[int, int], ...]) -> None:
    assert ranges_in(told) == ranges


@given(st.lists(st.one_of(st.none(), st.binary(max_size=60)), max_size=4))
def test_no_bytes_in_the_place_of_ranges_or_uids_raise_anything(told: list[bytes | None]) -> None:
    assert all(0 <= first <= last for first, last in ranges_in(told))
    assert list(uids_in(told)) == sorted(uids_in(told))


def test_uids_are_read_from_whatever_a_server_says_of_mails() -> None:
    assert uids_in([b"7 (UID 12 MODSEQ (9))", b"1 (MODSEQ (3) UID 4)", b"2 (FLAGS (\\Seen))", None, b"3 (UID x)"]) == (4, 12)


@pytest.mark.parametrize("given_", [None, 0, -1, 2**63, "7", b"7"])
def test_a_count_that_is_none_is_not_believed(given_: Any) -> None:
    assert modseq_of({b"HIGHESTMODSEQ": given_}) is None


class TestProving:
    pytestmark = slow

    @pytest.mark.promise("AC3", "CH2")
    def test_a_mail_in_the_mailbox_is_judged_by_its_signature_and_its_sender_counts_as_proven(self, office: Office) -> None:
        with naming({NAME: record()}) as server:
            office.channel.watcher.proving = Proving(SystemClock(), server.keys())

            async def act() -> None:
                await office.ready()

                def put_both() -> None:
                    with office.post.reading(SERVICE) as client:
                        client.append("INBOX", signed(body="Signed\r\n").encode())
                        client.append("INBOX", signed(body="Signed\r\n").replace("Signed", "Forged").encode())

                await asyncio.to_thread(put_both)
                await office.until(lambda: sorted(office.texts()) == ["Forged", "Signed"])

            office.run(act)
        query = select(entry.c.text, entry.c.data["sender_proven"].as_boolean().label("proven")).where(entry.c.kind == "message")
        rows = office.database.run(lambda tx: tx.rows(query))
        assert {row.text: row.proven for row in rows} == {"Signed": None, "Forged": False}
