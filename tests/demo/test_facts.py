"""One fact, one figure: whatever the demo company says twice, it says the same."""

import re
from dataclasses import dataclass

import pytest

from firstline.demo.shop.catalogue import read_catalogue
from firstline.demo.world import World


@dataclass(frozen=True)
class Fact:
    """A figure, and how a sentence looks that states it. ``often``: the least number of places."""

    name: str
    value: str
    states: str
    often: int = 2


FACTS = [
    Fact("days to return", "30", r"(\d+) days from delivery", 3),
    Fact("days to return", "30", r"return a (?:used )?bike(?: within|,)? (\d+) days", 1),
    Fact("days to exchange a bike", "30", r"exchange it within (\d+) days", 1),
    Fact("collection of a returned bike is free over", "1,000", r"Collection is free for bikes over €([\d,]+\d)", 4),
    Fact("collection of other bikes in Germany", "39.00", r"other bikes (?:it costs|we take) €([\d.]+\d) in Germany", 3),
    Fact("collection of other bikes elsewhere", "69.00", r"€([\d.]+\d) elsewhere", 3),
    Fact("working days until a refund", "5", r"on its way within (\d+) working days", 4),
    Fact("days of refunds", "Tuesdays and Fridays", r"[Rr]efunds (?:out twice a week, on|go out on) (\w+ and \w+)", 2),
    Fact("months of the free first service", "6", r"(?:free|first service) within (?:the )?(\d+) months", 6),
    Fact("minutes of the first service", "40", r"takes (?:about )?(\d+) minutes[^.]*(?:wait|card)", 2),
    Fact("years of warranty on the drivetrain", "two", r"(\w+) years of warranty on the drivetrain", 1),
    Fact("years of warranty on the frame", "five", r"(\w+) years of warranty on the frame", 1),
    Fact("days until a bike is ready in the shop", "3", r"ready in the shop in (\d+) days", 2),
    Fact("price of a check", "29.00", r"(?<!crash )[Cc]heck (?:costs|of) €(\d+\.\d\d)", 3),
    Fact("price of a crash check", "49.00", r"crash check costs €([\d.]+\d)", 1),
    Fact("price of the Trail 4", "1,849.00", r"Trail 4(?: at|,)? €([\d,.]+\d)", 2),
    Fact("price of adjusting gears", "22.00", r"[Aa]djust(?:ing)? gears(?: costs| \|) €([\d.]+\d)", 2),
    Fact("price of straightening a hanger", "18.00", r"[Ss]traighten[^€\n]*hanger[^€\n]{0,4}€([\d.]+\d)", 2),
    Fact("price of bleeding a brake", "39.00", r"[Bb]leed[^€\n]*€([\d.]+\d)", 2),
    Fact("price of a puncture", "19.00", r"(?:A puncture costs|Puncture, tube included \|) €([\d.]+\d)", 2),
    Fact("price of a puncture with hub gear", "32.00", r"hub gear or belt(?: costs| \|) €([\d.]+\d)", 2),
    Fact("price of collecting for repair", "25.00", r"[Cc]ollecting and bringing back together costs? €([\d.]+\d)", 2),
    Fact("price of storage", "3.00", r"storage costs €([\d.]+\d) a day", 2),
    Fact("price of express", "25.00", r"(?:Express, [^€\n]*|For a surcharge of )€([\d.]+\d)", 2),
    Fact("price of parcels in Germany", "4.90", r"(?:second delivery|Delivery in Germany) costs? €([\d.]+\d)", 2),
    Fact("parcels are free from", "60", r"free from €(\d+)", 1),
    Fact("price of the club", "39.00", r"[Cc]lub costs €([\d.]+\d) a year", 2),
    Fact("price of the commuter kit", "159.00", r"(?:It costs|kit,) €(\d[\d.]*\d) fitted", 1),
    Fact("years of spare parts", "8", r"for (\d+) years after (?:it|a model) leaves", 3),
    Fact("years that invoices are kept", "8", r"(?:there|keep|Orders[^.|]*) for (\d+) years(?! after)", 3),
    Fact("months that conversations are kept", "12", r"(?:[Cc]onversations[^.\n]*)\b(\d+) months", 2),
    Fact("days for ordered parts", "5 to 8", r"(?:order takes|must order \||not stock take) (\d+ to \d+) working days", 3),
    Fact("working days for keys", "5 to 7", r"each \| (\d+ to \d+) working days", 2),
    Fact("working days until a place in the workshop", "10", r"can (?:be|take) up to (\d+) working days", 2),
    Fact("weight of the Trail 4", "11.2", r"Trail 4[^\n]{0,20}\D(\d+\.\d) kg", 1),
    Fact("load of the box", "80", r"(?:hill|earlier:) with (\d+) kg in the box", 2),
    Fact("belt in kilometres", "15,000 to 20,000", r"([\d,]+ to [\d,]+) km(?=\. A new belt| \|\n\| Disc)", 2),
    Fact("weight limit of the Trail", "130", r"may carry (\d+) kg in all", 2),
    Fact("months of a lease", "36", r"(?:A lease runs for|A lease ends after) (\d+) months", 2),
    Fact("workshop line", "0100", r"[Ww]orkshop line \+49 30 5557 (\d{4})", 2),
    Fact("hours of the workshop", "08:00 to 18:00", r"drop off and collect bikes Monday to Friday from (\d\d:00 to \d\d:00)", 1),
]


def everything_said(world: World) -> list[tuple[str, str]]:
    """All texts of the company by where they stand."""
    articles = [(one.slug, one.body) for one in world.articles]
    return articles + [(one.id, one.answer) for one in world.short_answers]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact.name}: {fact.value}")
def test_a_fact_is_the_same_wherever_it_is_stated(world: World, fact: Fact) -> None:
    said = [(where, found[1]) for where, text in everything_said(world) for found in re.finditer(fact.states, text)]
    assert {value for _, value in said} == {fact.value}, said
    assert len(said) >= fact.often, said


def test_telephone_numbers_addresses_and_mailboxes_are_those_of_the_contact_page(world: World) -> None:
    text = " ".join(text for _, text in everything_said(world))
    assert set(re.findall(r"\+49[\d ]+\d", text)) == {"+49 30 5557 0142", "+49 30 5557 0100"}
    assert set(re.findall(r"\b0\d{4}\b(?= Leipzig)", text)) == {"04229"}
    assert set(re.findall(r"[\w.]+@[\w.]+\w", text)) == {
        f"{name}@veloria.example" for name in ("hello", "tradein", "privacy", "orders", "invoice")
    }


def test_a_part_number_stands_for_one_part_at_one_price(world: World) -> None:
    prices: dict[str, set[str]] = {}
    for _, text in everything_said(world):
        for number, price in re.findall(r"(VP-\d{4})\)?(?: \|[^|\n]+\|| costs|,) €([\d.]+\d)", text):
            prices.setdefault(number, set()).add(price)
    assert len(prices) >= 11
    assert {number: found for number, found in prices.items() if len(found) > 1} == {}


def test_the_shop_shows_the_prices_of_the_help_centre(world: World) -> None:
    catalogue = read_catalogue()
    range_of_bikes = world.by_slug["choosing-a-bike"].body
    for product in catalogue.products:
        assert re.search(rf"\| {product.name} \|[^|\n]+\| {re.escape(product.euros)} \|", range_of_bikes)
    services = world.by_slug["service-prices"].body
    for package in catalogue.packages:
        assert re.search(rf"\| {package.name} \|[^|\n]+\| {re.escape(package.euros)}", services)
    for part in catalogue.parts:
        assert part.euros in world.by_slug[part.read].body


def test_the_sizes_in_the_shop_are_those_of_the_size_guide(world: World) -> None:
    guide = world.by_slug["frame-sizes"].body
    for product in read_catalogue().products:
        for size in product.sizes:
            name, _, height = size.partition(", for ")
            assert re.search(rf"{name}\b[^\n]*{height.removesuffix(' cm')}", guide), size


UNTOLD = [
    *("minus 5", "range of the", "km of range", "child seat", "tubeless", "vat id on"),
    *("klarna", "strava", "decibel", "two credit cards", "trailer coupling"),
]


@pytest.mark.parametrize("words", UNTOLD)
def test_what_is_deliberately_not_covered_stays_so(world: World, words: str) -> None:
    assert [where for where, text in everything_said(world) if words in text.casefold()] == []
