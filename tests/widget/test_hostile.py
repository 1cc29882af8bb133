"""What hostile or broken browsers send: a clear error each time, and nothing else is disturbed."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from firstline.contacts.commands import count
from firstline.widget.desk import TABS
from firstline.widget.visitors import PURPOSE
from tests.widget.serving import Line, Served
from tests.world import KEYRING


def refused(tab: Line, **frame: object) -> str:
    """The code of the error that a frame gets."""
    tab.send(**frame)
    return str(tab.next("error")["code"])


BAD_FRAMES: list[tuple[dict[str, object], str]] = [
    ({"t": "message", "clientId": "m1", "text": "  \n\t "}, "empty"),
    ({"t": "message", "clientId": "m1", "text": "\x00\x07"}, "empty"),
    ({"t": "message", "clientId": "m1", "text": 7}, "wrong_value"),
    ({"t": "message", "clientId": "m1", "text": ["a"]}, "wrong_value"),
    ({"t": "message", "clientId": "m1"}, "wrong_value"),
    ({"t": "message", "text": "Hello"}, "wrong_client_id"),
    ({"t": "message", "clientId": "", "text": "Hello"}, "wrong_client_id"),
    ({"t": "message", "clientId": "a" * 65, "text": "Hello"}, "wrong_client_id"),
    ({"t": "message", "clientId": "m1' or 1=1", "text": "Hello"}, "wrong_client_id"),
    ({"t": "message", "clientId": {"$ne": 1}, "text": "Hello"}, "wrong_client_id"),
    ({"t": "person"}, "wrong_client_id"),
    ({"t": "typing", "on": "yes"}, "wrong_value"),
    ({"t": "read", "conversation": "cnv_1"}, "wrong_value"),
    ({"t": "read", "conversation": "cnv_1", "seq": True}, "wrong_value"),
    ({"t": "read", "conversation": "cnv_1", "seq": 2**63}, "wrong_value"),
    ({"t": "read", "conversation": "cnv_1", "seq": -1}, "wrong_value"),
    ({"t": "history", "before": None}, "wrong_value"),
    ({"t": "history", "before": {"conversation": "x y", "seq": 1}}, "wrong_value"),
    ({"t": "feedback", "entry": "msg_1", "value": "sideways"}, "wrong_value"),
    ({"t": "feedback", "entry": "msg_1", "value": {"up": 1}}, "wrong_value"),
    ({"t": "feedback", "entry": "msg_1", "value": "up"}, "refused"),
    ({"t": "hello", "visitor": None}, "unexpected_frame"),
    ({"t": "shutdown"}, "unknown_frame"),
    ({"t": None}, "unknown_frame"),
    ({"t": ["message"]}, "unknown_frame"),
    ({"x": 1}, "unknown_frame"),
]
NO_FRAMES = ["", "{", "null", "[]", '"message"', "1e999", "[" * 30_000, '{"t":"message"', "\ufeff{}"]


def test_a_frame_that_is_not_as_it_should_be_is_refused_and_the_line_goes_on(chat: Served) -> None:
    for frame, code in BAD_FRAMES:
        with chat.line() as tab:
            tab.socket.send(json.dumps(frame))
            assert tab.next("error")["code"] == code, frame
            assert tab.say("Still here", "m9")["clientId"] == "m9"


def test_what_is_no_frame_at_all_is_refused(chat: Served) -> None:
    with chat.line() as tab:
        for raw in NO_FRAMES:
            tab.socket.send(raw)
            assert tab.next("error")["code"] == "not_json", raw
        assert tab.quiet() == []


def test_a_message_above_the_limit_is_refused_with_the_numbers(chat: Served) -> None:
    with chat.line() as tab:
        tab.send(t="message", clientId="m1", text="ü" * 4_001)
        error = tab.next("error")
        assert (error["code"], error["clientId"]) == ("too_long", "m1")
        assert {"4001", "4000"} <= set(error["message"].split())
        assert tab.say("🚲" * 4_000, "m2")["seq"] == 1


def test_a_megabyte_in_one_message_is_refused(chat: Served) -> None:
    with chat.line() as tab:
        assert refused(tab, t="message", clientId="m1", text="a" * 1_000_000) == "too_large"
        assert tab.say("Sorry", "m2")["seq"] == 1


def test_a_frame_in_bytes_that_are_no_utf8_is_refused(chat: Served) -> None:
    with chat.line() as tab:
        tab.socket.send(b'{"t":"message","clientId":"m1","text":"\xff\xfe"}')
        assert tab.next("error")["code"] == "not_json"


def test_a_text_frame_with_broken_utf8_ends_that_line_alone(chat: Served) -> None:
    with chat.line() as neighbour, chat.line() as tab:
        tab.socket.send(b'{"t":"ping\xff"}', text=True)
        with pytest.raises(ConnectionClosed):
            tab.any()
        assert neighbour.quiet() == []


def test_halves_of_letters_and_control_characters_do_not_reach_the_conversation(chat: Served) -> None:
    with chat.line() as tab:
        tab.socket.send('{"t":"message","clientId":"m1","text":"a\\ud800b\\u0000c\\u0007\\r\\nd"}')
        ack = tab.next("ack")
    assert chat.timeline(ack["conversation"])[0].text == "abc\nd"


def test_markup_is_kept_as_text(chat: Served) -> None:
    with chat.line() as tab:
        ack = tab.say("<img src=x onerror=alert(1)>")
    assert chat.timeline(ack["conversation"])[0].text == "<img src=x onerror=alert(1)>"


def test_a_flood_is_stopped_with_a_clear_error_and_others_write_on(chat: Served) -> None:
    with chat.line() as neighbour, chat.line() as tab:
        for number in range(40):
            tab.send(t="message", clientId=f"m{number}", text="spam")
        error = tab.next("error")
        assert error["code"] == "too_fast"
        assert error["clientId"]
        assert neighbour.say("Hello")["seq"] == 1


def test_the_limit_holds_over_all_tabs_of_a_visitor(chat: Served) -> None:
    with chat.line() as one, chat.line(one.token) as other:
        for number in range(20):
            one.say("spam", f"m{number}")
        assert refused(other, t="message", clientId="n1", text="spam") == "too_fast"


def test_a_line_that_only_makes_mistakes_is_closed(chat: Served) -> None:
    with chat.line() as tab:
        for _ in range(20):
            assert refused(tab, t="nonsense") == "unknown_frame"
        with pytest.raises(ConnectionClosed):
            tab.any()


def test_a_line_begins_with_hello(chat: Served) -> None:
    with chat.raw_line() as tab:
        tab.send(t="message", clientId="m1", text="Hello")
        assert tab.any()["code"] == "hello_first"
        with pytest.raises(ConnectionClosed):
            tab.any()


def test_a_strange_hello_is_a_new_visitor(chat: Served) -> None:
    strange: list[dict[str, object]] = [
        {"visitor": 7, "cursor": {}, "page": "x"},
        {"visitor": "x" * 1000, "page": {"url": "javascript:alert(1)", "title": "\ud800" * 9, "lang": "../../etc/passwd"}},
        {"page": {"url": ["http://x"], "title": None, "lang": 3}},
    ]
    for hello in strange:
        with chat.raw_line() as tab:
            tab.send(t="hello", **hello)
            assert tab.next("ready")["entries"] == []


def test_a_forged_token_is_a_new_visitor(chat: Served) -> None:
    with chat.line() as tab:
        tab.say("My secret")
    for forged in (tab.token[:-2] + "xx", "x" + tab.token, tab.token.split(".")[0]):
        with chat.line(forged) as forger:
            assert forger.token != tab.token
            assert forger.ready["entries"] == []


def test_a_token_of_another_account_is_a_new_visitor(chat: Served) -> None:
    foreign = KEYRING.sign(PURPOSE, ["cha_other", "vis_01m85qrbecbhwg05n7pnvths2t"])
    with chat.line(foreign) as tab:
        assert tab.token != foreign


def test_a_token_for_another_purpose_is_a_new_visitor(chat: Served) -> None:
    with chat.line() as tab:
        value = KEYRING.read(PURPOSE, tab.token)
    with chat.line(KEYRING.sign("session", value)) as other:
        assert other.token != tab.token


def test_another_visitors_answer_cannot_be_rated_or_read(chat: Served) -> None:
    with chat.line() as mira, chat.line() as tobias:
        asked = mira.say("Hello")
        answer = chat.answer(asked["conversation"], "Yes.")
        assert refused(tobias, t="feedback", entry=answer.id, value="down") == "refused"
        tobias.send(t="read", conversation=asked["conversation"], seq=2)
        tobias.send(t="history", before={"conversation": "zzz", "seq": 2**31 - 1})
        assert tobias.next("history")["entries"] == []
    last = chat.timeline(asked["conversation"])[-1]
    assert (last.delivery, last.data.get("feedback")) == ("pending", None)


def test_a_socket_that_breaks_in_the_middle_leaves_the_rest_alone(chat: Served) -> None:
    with chat.line() as neighbour:
        for _ in range(5):
            tab = chat.line(neighbour.token)
            tab.send(t="message", clientId="m1", text="Hello")
            tab.socket.socket.close()
        assert neighbour.say("Hello", "m1")["clientId"] == "m1"
        asked = neighbour.say("Are you there?", "m2")
        chat.answer(asked["conversation"], "Yes.")
        neighbour.entry(text="Yes.")
    assert [entry.text for entry in chat.timeline(asked["conversation"])] == ["Hello", "Are you there?", "Yes."]


def test_fifty_tabs_all_see_every_message_once(chat: Served) -> None:
    first = chat.line()
    asked = first.say("Hello")
    tabs = [first, *(chat.line(first.token) for _ in range(49))]
    chat.answer(asked["conversation"], "Hello to all of you.")
    for tab in tabs:
        tab.entry(text="Hello to all of you.")
        assert [one for one in tab.quiet() if one["t"] == "entry"] == []
        tab.socket.close()
    assert chat.shop.database.run(count) == 1


def test_more_tabs_than_anybody_has_are_refused(chat: Served) -> None:
    tabs = [chat.line()]
    tabs += [chat.line(tabs[0].token) for _ in range(TABS - 1)]
    with chat.raw_line() as late:
        late.send(t="hello", visitor=tabs[0].token)
        assert late.any()["code"] == "too_fast"
    for tab in tabs:
        tab.socket.close()


def test_two_first_messages_at_once_are_one_conversation(chat: Served) -> None:
    with chat.line() as one, chat.line(one.token) as other:
        one.send(t="message", clientId="a", text="Hello")
        other.send(t="message", clientId="b", text="Hello again")
        assert one.next("ack")["conversation"] == other.next("ack")["conversation"]


def test_another_websites_page_is_refused_where_websites_are_named(chat: Served) -> None:
    chat.settings(allowed_origins=["https://veloria.example", "https://*.veloria.example"])
    for origin in ("https://veloria.example", "https://shop.veloria.example"):
        with chat.line(origin=origin) as tab:
            assert tab.token
    for origin in ("https://evil.example", "http://veloria.example", "https://evilveloria.example", "null"):
        with pytest.raises(Exception, match="403"):
            chat.line(origin=origin)


def test_an_account_that_is_no_chat_is_refused(chat: Served) -> None:
    chat.account = "cha_nobody"
    with pytest.raises(Exception, match="403"):
        chat.line()
