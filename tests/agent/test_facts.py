"""Facts in a text: found, normalised, compared."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.agent.facts.dates import dates, times, weekdays_meant
from firstline.agent.facts.known import holds, known
from firstline.agent.facts.names import names
from firstline.agent.facts.reading import Kind, facts
from firstline.agent.facts.values import readings

SAME = [
    ("It costs €49.00.", "It costs 49 EUR."),
    ("It costs 49 euros.", "Preis: 49,00 €"),
    ("It costs €49.", "The price is 49,- €."),
    ("Free over €1,000.", "Kostenlos ab 1.000 €."),
    ("Free over 1000 euros.", "Free over €1,000.00"),
    ("About 10,000 km.", "Environ 10 000 km."),
    ("Within 14 days.", "Within two weeks."),
    ("Zwei Wochen Zeit.", "You have 14 days."),
    ("A year of warranty is 12 months.", "Twelve months of warranty."),
    ("24 hours.", "It takes 1 day."),
    ("Within 5 working days.", "Innerhalb von fünf Werktagen."),
    ("4–7 days.", "It takes 4 to 7 days."),
    ("Open until 3 pm.", "Open until 15:00."),
    ("Bis 15 Uhr.", "Open until 3 p.m."),
    ("On 1 Nov 2026.", "From 2026-11-01 on."),
    ("On November 1st, 2026.", "Ab dem 1. November 2026."),
    ("On 1 November.", "Le 1er novembre 2026."),
    ("On 01/11/2026.", "On 1 November 2026."),
    ("It is 19 %.", "19 percent VAT"),
    ("Write to Service@Veloria.example.", "service@veloria.example"),
    ("See www.veloria.example/returns.", "https://veloria.example/returns/"),
    ("Call 0341 555 01 20.", "Phone: +49 341 5550120"),
    ("Use WELCOME10.", "The code is WELCOME-10."),
    ("Order #20418.", "order 20418"),
    ("It weighs 11.2 kg.", "Weight: 11,2 kg"),
    ("Open on Wednesday.", "Open Monday to Friday."),
    ("Open on Sunday.", "Open every day."),
    ("Mittwochs offen.", "Mo–Fr 10–19 Uhr"),
    ("We have seven steps.", "Do it in 7 steps"),
    ("Two days.", "| Days | 2 |"),
]

DIFFERENT = [
    ("It costs €49.", "It costs €94."),
    ("It costs €49.", "It costs $49."),
    ("Within 5 days.", "Within 5 working days."),
    ("Within 5 days.", "Within 5 weeks."),
    ("45 mm wide.", "45 cm wide."),
    ("Open until 5 pm.", "Open until 15:00."),
    ("On 1 November.", "On 1 December."),
    ("On 11 January 2026.", "On 1 November 2026."),
    ("Open on Sunday.", "Open Monday to Saturday."),
    ("See veloria.example/returns.", "See veloria.example/delivery."),
    ("Write to sales@veloria.example.", "service@veloria.example"),
    ("Call +49 341 5550121.", "Call +49 341 5550120."),
    ("Use WELCOME20.", "Use WELCOME10."),
    ("It is 19 %.", "It is 7 %."),
]


def _held(claim: str, evidence: str) -> bool:
    return all(holds(fact, [known(evidence)]) for fact in facts(claim) if not fact.soft)


@pytest.mark.parametrize(("claim", "evidence"), SAME)
def test_the_same_fact_is_found_however_it_is_written(claim: str, evidence: str) -> None:
    assert facts(claim)
    assert _held(claim, evidence)


@pytest.mark.parametrize(("claim", "evidence"), DIFFERENT)
def test_another_fact_is_not_taken_for_it(claim: str, evidence: str) -> None:
    assert not _held(claim, evidence)


def test_numbers_of_lists_and_marks_of_sources_are_no_facts() -> None:
    assert facts("1. Take it out [1].\n2. Put it in [2].") == []


def test_what_a_reply_counts_of_itself_is_soft() -> None:
    (fact,) = facts("Yes, for two reasons.")
    assert fact.soft
    assert not next(one for one in facts("You have two days.")).soft


@pytest.mark.parametrize(
    "text", ["The sun is out and I sat down.", "You may march on.", "I do so at once.", "Version history", "so do we"]
)
def test_ordinary_words_are_no_days_or_months(text: str) -> None:
    assert not [fact for fact in facts(text) if fact.kind in (Kind.DATE, Kind.WEEKDAY)]


def test_a_range_of_weekdays_covers_those_between() -> None:
    assert weekdays_meant("Friday to Monday") == {4, 5, 6, 0}
    assert weekdays_meant("segunda-feira a sexta-feira") == {0, 1, 2, 3, 4}


def test_names_are_capitals_inside_a_sentence() -> None:
    assert [one.written for one in names("Please ask Jonas Feld in Leipzig.", "en")] == ["Jonas", "Feld", "Leipzig"]
    assert [one.written for one in names("Please pay with PayPal.", "en")] == ["PayPal"]
    assert not list(names("The workshop opens on Monday.", "en"))


def test_german_nouns_are_no_names() -> None:
    assert not list(names("Die Rückgabe ist innerhalb der Frist möglich.", "de"))
    assert [one.written for one in names("Bitte fragen Sie Herrn Feld.", "de")] == ["Feld"]


@given(st.integers(0, 9_999_999))
def test_a_number_is_the_same_with_any_separators(number: int) -> None:
    plain = readings(str(number))
    for separator in (",", ".", "'", "\u202f", "\u00a0"):
        assert plain & readings(f"{number:,}".replace(",", separator))


@given(st.dates(date(1990, 1, 1), date(2089, 12, 31)))
def test_a_date_is_the_same_in_every_form(day: date) -> None:
    wanted = (day.year, day.month, day.day)
    month = day.strftime("%B")
    for written in (
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day}/{day.month}/{day.year}",
    ):
        (found,) = dates(f"It starts on {written} at the shop.")
        assert wanted in found.readings


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_is_the_same_on_both_clocks(hour: int, minute: int) -> None:
    half = "am" if hour < 12 else "pm"
    for written in (
        f"{hour}:{minute:02}",
        f"{hour % 12 or 12}:{minute:02} {half}",
        f"{hour}.{minute:02} Uhr",
        f"{hour}h{minute:02}",
    ):
        (found,) = times(f"From {written}.")
        assert list(found.readings) == [hour * 60 + minute]


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for fact in facts(text):
        assert fact.values
        assert holds(fact, [known(text)]) or fact.kind is Kind.DURATION


@given(st.text(alphabet="0123456789.,:/-+()€$% \n#abcdeABC@", max_size=300))
def test_strings_of_digits_and_signs_can_be_read(text: str) -> None:
    facts(text)
