"""The line between a visitor's tab and his conversation."""

import pytest

from firstline.channels import accounts
from firstline.conversations import closing, deliveries, ownership, replying
from firstline.conversations.rules import Delivery, Owner, OwnerKind
from firstline.people.rules import Actor
from tests.widget.serving import Served


def test_a_first_visit_has_a_token_and_no_conversation(chat: Served) -> None:
    with chat.line() as tab:
        assert tab.ready["conversation"] is None
        assert tab.ready["entries"] == []
        assert tab.ready["status"] == "none"
        assert tab.ready["agent"] == {"name": "Velo", "avatar": None}
        assert tab.ready["limits"] == {"text": 4000}


def test_looking_at_the_chat_makes_no_contact(chat: Served) -> None:
    from firstline.contacts.commands import count

    with chat.line():
        assert chat.shop.database.run(count) == 0


@pytest.mark.promise("CH1")
def test_what_the_visitor_says_is_a_message_of_the_conversation(chat: Served) -> None:
    with chat.line(lang="de-AT") as tab:
        ack = tab.say("Kann ich das Trail 4 zurückgeben?")
        assert (ack["clientId"], ack["seq"]) == ("m1", 1)
    with chat.line(tab.token) as later:
        [own] = later.ready["entries"]
    assert (own["id"], own["clientId"], own["by"]["kind"]) == (ack["id"], "m1", "contact")
    [entry] = chat.timeline(ack["conversation"])
    assert entry.text == "Kann ich das Trail 4 zurückgeben?"
    assert entry.data == {"page": {"url": "https://veloria.example/trail-4", "title": "Trail 4"}}


def test_the_same_message_sent_twice_is_one(chat: Served) -> None:
    with chat.line() as tab:
        first, again = tab.say("Hello", "m1"), tab.say("Hello", "m1")
    assert first["id"] == again["id"]
    assert len(chat.timeline(first["conversation"])) == 1


def test_the_same_client_id_of_another_visitor_is_another_message(chat: Served) -> None:
    with chat.line() as mira, chat.line() as tobias:
        assert mira.say("Hello", "m1")["conversation"] != tobias.say("Hello", "m1")["conversation"]


def test_an_answer_arrives_with_its_sources_to_be_shown_word_by_word(chat: Served) -> None:
    sources = [
        {"n": 1, "source_id": "src_1", "title": "Returns", "url": "https://veloria.example/returns", "quote": "30 days"},
        {"n": 2, "source_id": "src_2", "title": "Internal prices", "url": "https://intern.example", "access": "private"},
        {"n": 3, "source_id": "src_3", "title": "Short answer", "url": "javascript:alert(1)"},
    ]
    with chat.line() as tab:
        asked = tab.say("Can I return it?")
        chat.answer(asked["conversation"], "Yes, within 30 days.[1]", citations=sources)
        entry = tab.entry(text="Yes, within 30 days.[1]")
    assert entry["by"] == {"kind": "agent", "name": "Velo"}
    assert entry["stream"] is True
    assert entry["citations"] == [
        {"n": 1, "title": "Returns", "url": "https://veloria.example/returns"},
        {"n": 3, "title": "Short answer", "url": None},
    ]


def test_the_choices_of_a_question_come_with_it(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("It broke")
        chat.answer(asked["conversation"], "Which one?", options=["Brakes", "Gears"])
        assert tab.entry(text="Which one?")["options"] == ["Brakes", "Gears"]


def test_only_answers_can_be_rated(chat: Served) -> None:
    said: dict[str, dict[str, object]] = {
        "An answer.": {"decision": "answer"},
        "Hello!": {"decision": "answer", "courtesy": True},
        "Which one?": {"decision": "clarify"},
        "I pass you on.": {"handoff": True},
    }
    with chat.line() as tab:
        asked = tab.say("It broke")
        for text, data in said.items():
            chat.answer(asked["conversation"], text, **data)
        assert [text for text in said if tab.entry(text=text).get("answer")] == ["An answer."]


def test_history_is_there_on_the_next_page(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Can I return it?")
        chat.answer(asked["conversation"], "Yes.")
    with chat.line(tab.token) as later:
        assert later.token == tab.token
        assert [entry["text"] for entry in later.ready["entries"]] == ["Can I return it?", "Yes."]
        assert not any("stream" in entry for entry in later.ready["entries"])
        assert later.ready["more"] is False


def test_a_long_history_comes_in_pages(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        for number in range(60):
            chat.answer(asked["conversation"], f"Answer {number}")
    with chat.line(tab.token) as later:
        assert len(later.ready["entries"]) == 50
        assert later.ready["more"] is True
        oldest = later.ready["entries"][0]
        later.send(t="history", before={"conversation": oldest["conversation"], "seq": oldest["seq"]})
        history = later.next("history")
    assert [entry["text"] for entry in history["entries"]][:2] == ["Hello", "Answer 0"]
    assert history["more"] is False
    assert history["entries"][-1]["seq"] == oldest["seq"] - 1


def test_all_tabs_of_a_visitor_show_the_same(chat: Served) -> None:
    with chat.line() as one, chat.line(one.token) as other:
        asked = one.say("Hello")
        shown = other.entry(text="Hello")
        assert (shown["id"], shown["clientId"]) == (asked["id"], "m1")
        chat.answer(asked["conversation"], "Hello, how can I help?")
        assert one.entry(by={"kind": "agent", "name": "Velo"}) == other.entry(by={"kind": "agent", "name": "Velo"})


def test_a_visitor_sees_nothing_of_another(chat: Served) -> None:
    with chat.line() as mira, chat.line() as tobias:
        asked = mira.say("My order is 1734")
        chat.answer(asked["conversation"], "It is on its way.")
        mira.entry(text="It is on its way.")
        assert tobias.quiet() == []
        assert tobias.ready["visitor"] != mira.token


def test_comments_reasons_and_briefs_stay_with_teammates(chat: Served) -> None:
    shop = chat.shop
    with chat.line() as tab:
        asked = tab.say("I am angry")
        conversation = asked["conversation"]
        shop.gives_to_agent(conversation, chat.velo)
        shop.database.run(replying.comment, conversation, "Careful, has a lawyer", shop.samira)
        shop.database.run(
            ownership.assign, conversation, Owner(OwnerKind.TEAM, shop.service), shop.samira, [{"code": "x", "text": "secret"}]
        )
        shop.database.run(replying.reply, conversation, "Hello, Samira here.", shop.samira)
        said = str(tab.until(lambda frame: frame.get("entry", {}).get("text") == "Hello, Samira here.")) + str(tab.quiet())
    with chat.line(tab.token) as later:
        said += str(later.ready)
    assert "Samira here" in said
    for hidden in ("lawyer", "secret", "Bakri", "@", "tmt_", "assignment"):
        assert hidden not in said


def test_a_teammate_who_takes_over_is_announced_by_first_name(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        chat.shop.gives_to_agent(asked["conversation"], chat.velo)
        tab.state(owner={"kind": "agent", "name": "Velo"})
        chat.shop.database.run(ownership.take_over, asked["conversation"], chat.shop.jonas)
        joined = tab.entry(kind="joined")
        assert (joined["kind"], joined["by"], joined["text"]) == ("joined", {"kind": "teammate", "name": "Jonas"}, "")
        tab.state(owner={"kind": "teammate", "name": "Jonas"})


def test_a_teammate_who_was_only_assigned_has_not_come_yet(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        owner = Owner(OwnerKind.TEAMMATE, chat.shop.jonas.id)
        chat.shop.database.run(ownership.assign, asked["conversation"], owner, Actor.system())
        tab.state(asked=True, owner={"kind": "team", "name": ""})
        chat.shop.database.run(replying.reply, asked["conversation"], "Hi, Jonas here.", chat.shop.jonas)
        assert tab.entry(text="Hi, Jonas here.")["by"] == {"kind": "teammate", "name": "Jonas"}
        tab.state(asked=False, owner={"kind": "teammate", "name": "Jonas"})


@pytest.mark.promise("HO2")
def test_asking_for_a_person_is_a_message_that_says_so(chat: Served) -> None:
    with chat.line(lang="fr") as tab:
        tab.send(t="person", clientId="p1")
        ack = tab.next("ack")
    [entry] = chat.timeline(ack["conversation"])
    assert entry.text == "Je voudrais parler à une personne."
    assert entry.data["asks_for_person"] is True


@pytest.mark.promise("DP6")
def test_powered_by_ai_goes_and_comes_with_the_switch(chat: Served) -> None:
    with chat.line() as tab:
        assert tab.ready["poweredByAi"] is True
        chat.switch(False)
        tab.state(poweredByAi=False)
        chat.switch(True)
        tab.state(poweredByAi=True)


def test_a_tab_that_comes_in_between_does_not_hide_the_change_from_the_others(chat: Served) -> None:
    with chat.line() as tab:
        chat.takes_new = False
        with chat.line() as late:
            chat.switch(False)
            tab.state(poweredByAi=False)
            if late.ready["poweredByAi"]:
                late.state(poweredByAi=False)


def test_a_chat_that_is_removed_sends_its_visitors_away(chat: Served) -> None:
    with chat.line() as tab:
        chat.shop.database.run(accounts.remove, chat.account, by=chat.shop.ines)
        assert tab.next("bye")["reconnect"] >= 30


def test_a_thumb_is_kept_and_shown_again(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        answer = chat.answer(asked["conversation"], "Yes.")
        tab.send(t="feedback", entry=answer.id, value="down")
        tab.quiet()
    with chat.line(tab.token) as later:
        assert later.ready["entries"][-1]["feedback"] == "down"
        later.send(t="feedback", entry=answer.id, value=None)
        later.quiet()
    with chat.line(tab.token) as again:
        assert "feedback" not in again.ready["entries"][-1]


def test_what_was_on_the_screen_is_reported_as_read(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        answer = chat.answer(asked["conversation"], "Yes.")
        chat.shop.database.run(deliveries.report_delivery, answer.id, Delivery.SENT)
        tab.send(t="read", conversation=asked["conversation"], seq=answer.seq)
        tab.quiet()
    assert chat.timeline(asked["conversation"])[-1].delivery == "read"


def test_typing_goes_both_ways(chat: Served) -> None:
    heard: list[dict[str, object]] = []
    chat.desk.feed.on_signal(heard.append)
    with chat.line() as tab:
        asked = tab.say("Hello")
        tab.state(status="open")
        tab.send(t="typing", on=True)
        tab.quiet()
        assert [(one["what"], one["conversation"], one["on"]) for one in heard] == [("typing", asked["conversation"], True)]
        chat.tell_typing(asked["conversation"], {"kind": "teammate", "id": chat.shop.jonas.id, "name": "Jonas Feld"})
        assert tab.next("typing") == {"t": "typing", "by": {"kind": "teammate", "name": "Jonas"}, "on": True}


def test_a_closed_conversation_says_so_and_the_next_message_reopens_it(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
        chat.shop.database.run(closing.close, asked["conversation"], chat.shop.samira)
        assert tab.entry(kind="closed")["by"] == {"kind": "teammate", "name": "Samira"}
        tab.state(status="closed")
        again = tab.say("One more thing", "m2")
        assert again["conversation"] == asked["conversation"]


def test_nothing_is_lost_between_two_lines(chat: Served) -> None:
    with chat.line() as tab:
        asked = tab.say("Hello")
    chat.answer(asked["conversation"], "While you were away.")
    with chat.line(tab.token) as back:
        assert [entry["text"] for entry in back.ready["entries"]] == ["Hello", "While you were away."]
        chat.answer(asked["conversation"], "And now.")
        assert back.entry(text="And now.")["stream"] is True


def test_a_line_ends_after_its_time_with_a_goodbye(shop: object) -> None:
    with Served(shop, lasts=0.0).running() as served, served.line() as tab:  # type: ignore[arg-type]
        assert tab.next("bye")["reconnect"] > 0


def test_every_line_ends_with_a_goodbye_when_the_server_stops(shop: object) -> None:
    served = Served(shop)  # type: ignore[arg-type]
    with served.running():
        tab = served.line()
        desk = served.desk
        loop = desk.feed._loop
        assert loop is not None
        loop.call_soon_threadsafe(desk.hub._send_all_away)
        assert tab.next("bye")["t"] == "bye"
    tab.socket.close()
