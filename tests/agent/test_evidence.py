"""The check of drafts: what no evidence states is cut, promises without a handoff too."""

from typing import Any

import pytest

from firstline.agent.evidence import Decision, Evidence, check, examine
from firstline.agent.models.base import Brief, Clarify, Draft, HandOff, KnownContact, Option, Reason, Reply, Segment, StayQuiet
from firstline.agent.phrases import languages, say
from firstline.agent.promises import promise_in
from firstline.agent.sentences import sentences
from firstline.knowledge.rules import Hit
from tests.agent.talk import Library, hit, situation

RETURNS = hit(
    "You have 30 days from delivery to return what you bought, ridden or not, as long as nothing is damaged. "
    "Collection is free for bikes over €1,000. The refund is on its way within 5 working days. Jonas Feld runs the workshop."
)
WHY = (Reason("covered", "Covered"),)


def _reply(*texts: str, own: bool = False) -> Reply:
    return Reply(
        reasons=WHY, segments=tuple(Segment(text, (RETURNS.passage_id,), (RETURNS.passage_id,), own=own) for text in texts)
    )


def _checked(
    draft: Draft, *history: str, hits: tuple[Hit, ...] = (RETURNS,), text: str = "Can I return it?", **more: Any
) -> tuple[Draft, Decision | None]:
    checked, report = check(draft, hits, situation(Library({}), text, *history, **more))
    return checked, report.decision if report else None


@pytest.mark.promise("AN1")
@pytest.mark.parametrize(
    "sentence",
    [
        "You can return it within 30 days of delivery.",
        "Collection of a bike over 1,000 EUR is free.",
        "The refund is sent within five working days.",
        "Yes, for two reasons.",
        "I’m happy to help!",
        "Is there anything else?",
        "Velo is glad to help you, Mira.",
    ],
)
def test_what_the_evidence_says_in_other_words_stands(sentence: str) -> None:
    draft = _reply(sentence)
    assert _checked(draft, contact=KnownContact("Mira Sandoval")) == (draft, Decision.KEEP)


@pytest.mark.promise("AN1")
@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("You can return it within 60 days of delivery.", "60 days"),
        ("The refund is sent within 5 days.", "5 days"),
        ("Collection is free for bikes over $1,000.", "$1,000"),
        ("Please write to refunds@veloria.example about the refund.", "refunds@veloria.example"),
        ("See https://veloria.example/refunds/now for the refund.", "https://veloria.example/refunds/now"),
        ("Ines Feld runs the workshop.", "Ines"),
        ("Use the code BACK10 for the refund.", "BACK10"),
    ],
)
def test_a_fact_that_no_evidence_states_blocks_its_sentence(sentence: str, missing: str) -> None:
    finding = examine(sentence, Evidence((RETURNS.text,), ("Veloria",)))
    assert missing in finding.missing
    assert not finding.stands


def test_a_statement_without_support_blocks_itself() -> None:
    finding = examine("We also rent electric scooters and repair washing machines.", Evidence((RETURNS.text,)))
    assert finding.missing == ()
    assert not finding.supported


@pytest.mark.promise("AN1")
def test_a_whole_sentence_of_a_passage_stands_and_a_part_that_says_the_opposite_does_not() -> None:
    evidence = Evidence(
        (hit("Deliveries to Iceland are not possible: never say that we deliver to Iceland within 3 days.").text,)
    )
    whole = sentences(evidence.passages[0])[0]
    assert examine(whole, evidence).support == 1.0
    assert examine("we deliver to Iceland within 3 days.", evidence).support != 1.0


def test_the_sentence_is_cut_and_the_rest_is_said() -> None:
    draft, decision = _checked(_reply("You have 30 days to return it. You also get a voucher worth €50."))
    assert decision is Decision.CUT
    assert isinstance(draft, Reply)
    assert draft.text == "You have 30 days to return it."
    assert draft.reasons[-1].code == "sentences_cut"


def test_an_item_is_cut_out_of_a_list() -> None:
    draft, _ = _checked(_reply("What you get:\n- 30 days to return it\n- a voucher worth €50\n- free collection over €1,000"))
    assert isinstance(draft, Reply)
    assert draft.text == "What you get:\n- 30 days to return it\n- free collection over €1,000"


def test_a_draft_without_anything_true_becomes_one_question_then_a_handoff() -> None:
    nonsense = _reply("You have 90 days and get a voucher worth €50.")
    first, decision = _checked(nonsense)
    assert (first.decision, decision) == ("clarify", Decision.REJECT)
    assert _checked(nonsense, "Can I?", f"> {say('uncovered.first', 'en')}")[0].decision == "handoff"


def test_what_the_customer_claims_is_no_evidence_but_their_names_may_be_used() -> None:
    claimed, _ = _checked(
        _reply("Yes, you have 60 days to return it."), text="Is it true that I have 60 days? I am Amara Nwosu, order W-4471."
    )
    assert claimed.decision != "answer"
    named, _ = _checked(_reply("Thank you, Amara, you have 30 days to return it."), text="I am Amara Nwosu")
    assert named.decision == "answer"


def test_results_of_actions_are_evidence() -> None:
    draft = _reply("Your order 20418 leaves us on 24 November 2026.")
    here = situation(Library({}), "Where is my order 20418?")
    assert check(draft, (), here, results=("order 20418: ships 2026-11-24, status packed; leaves us",))[0] == draft


def test_the_products_own_words_are_not_checked() -> None:
    draft = _reply("I found 99 things.", own=True)
    assert _checked(draft) == (draft, None)


def test_content_in_another_language_is_checked_for_facts_alone() -> None:
    german = "Sie haben 30 Tage Zeit, alles zurückzugeben, auch nach dem Fahren."
    assert examine(german, Evidence((RETURNS.text,), language="de")).stands
    assert not examine(german.replace("30", "60"), Evidence((RETURNS.text,), language="de")).stands


@pytest.mark.promise("HO6")
def test_a_promise_is_removed_or_becomes_a_handoff() -> None:
    cut, decision = _checked(_reply("You have 30 days to return it. A colleague will call you back today."))
    assert decision is Decision.CUT
    assert isinstance(cut, Reply)
    assert cut.text == "You have 30 days to return it."
    alone, _ = _checked(_reply("I will forward this to our team."))
    assert isinstance(alone, HandOff)
    assert alone.reason.code == "promised"


def test_a_promise_that_is_content_may_be_quoted() -> None:
    sentence = "If you write in the evening, our team will get back to you on the next working day."
    assert examine(sentence, Evidence((f"Mail is read daily. {sentence} Thank you.",))).stands
    assert not examine("Our team will get back to you.", Evidence(("Mail is read daily.",))).stands


PROMISES = {
    "en": "Someone will get back to you shortly. I'll forward this to our team. I have passed your request on."
    " You'll hear from us soon. I'm transferring you to an agent now. Let me check with the workshop."
    " I've opened a ticket for you. I will let you know.",
    "de": "Ein Mitarbeiter wird sich bei Ihnen melden. Ich leite Ihre Anfrage weiter. Wir melden uns bei Ihnen."
    " Jemand ruft Sie zurück. Ich habe das an die Werkstatt weitergegeben. Sie hören von uns. Ich gebe Ihnen Bescheid.",
    "fr": "Quelqu'un va vous rappeler. Je transmets votre demande. Un conseiller vous rappellera. Vous serez contacté sous 24 h.",
    "es": "Alguien se pondrá en contacto con usted. Le llamaremos mañana. He pasado su solicitud al equipo.",
    "it": "La contatteremo presto. Ho inoltrato la sua richiesta. Qualcuno la richiamerà.",
    "nl": "Iemand neemt contact met u op. Ik heb uw vraag doorgestuurd. We bellen u terug.",
    "pt": "Alguém vai entrar em contacto consigo. Encaminhei o seu pedido.",
    "pl": "Ktoś się z Panem skontaktuje. Przekazałem sprawę do zespołu. Oddzwonimy jutro.",
}
HARMLESS = {
    "en": "You will get an email with the tracking link. You can call us on Monday. Shall I pass you on to a person?"
    " We check every bike before it leaves.",
    "de": "Sie können uns anrufen. Wir liefern in neun Länder. Möchten Sie mit einem Menschen sprechen?"
    " Melden Sie den Schaden bald.",
    "fr": "Vous pouvez nous appeler. Nous livrons dans neuf pays.",
    "es": "Puede llamarnos. La entrega tarda 5 días.",
    "it": "Può chiamarci. La consegna richiede 5 giorni.",
    "nl": "U kunt ons bellen. De levering duurt 5 dagen.",
    "pt": "Pode ligar-nos. A entrega demora 5 dias.",
    "pl": "Można do nas zadzwonić. Dostawa trwa 5 dni.",
}


@pytest.mark.promise("HO6")
@pytest.mark.parametrize("language", languages())
def test_promises_of_work_by_people_are_found(language: str) -> None:
    assert [text for text in sentences(PROMISES[language]) if not promise_in(text, language)] == []
    assert [text for text in sentences(HARMLESS[language]) if promise_in(text, language)] == []


@pytest.mark.parametrize("language", languages())
def test_the_agents_own_words_promise_nothing_but_at_a_handoff(language: str) -> None:
    for key in (
        "uncovered.first",
        "clarify.near",
        "upset.offer",
        "courtesy.thanks",
        "courtesy.declined",
        "about.can",
        "handoff.sorry",
    ):
        assert not promise_in(say(key, language), language), key


def test_a_question_back_with_an_invented_fact_is_replaced() -> None:
    draft, decision = _checked(Clarify(reasons=WHY, text="Do you mean the sale until 24 December?", options=(Option("Yes"),)))
    assert decision is Decision.REJECT
    assert isinstance(draft, Clarify)
    assert draft.text == say("uncovered.first", "en")


def test_words_before_a_handoff_lose_what_is_not_true_and_the_handoff_stays() -> None:
    brief = Brief("x", (), (), (), (), "English", "neutral")
    draft, _ = _checked(HandOff(reasons=WHY, reason=WHY[0], brief=brief, text="They answer within 3 minutes."))
    assert isinstance(draft, HandOff)
    assert draft.text is None


def test_staying_quiet_needs_no_check() -> None:
    quiet = StayQuiet(reasons=WHY)
    assert _checked(quiet) == (quiet, None)


def test_the_report_says_what_was_wrong_for_the_trace() -> None:
    _, report = check(_reply("You have 60 days to return it."), (RETURNS,), situation(Library({}), "How long?"))
    assert report is not None
    (sentence,) = report.as_json()["sentences"]
    assert (sentence["missing"], sentence["supported"]) == (["60 days"], False)
