"""Public holidays by country and year, from the ``holidays`` package, to be taken over into a schedule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays
from babel import Locale

from firstline.kit.errors import Invalid

FIRST_YEAR, LAST_YEAR = 1990, 2060


@dataclass(frozen=True)
class Country:
    """A country by its two-letter code; some have regions with holidays of their own."""

    code: str
    name: str
    regions: tuple[str, ...]


@cache
def countries() -> tuple[Country, ...]:
    """The countries whose public holidays are known, by name."""
    names = Locale("en").territories
    found = [
        Country(code, names.get(code, code), tuple(regions))
        for code, regions in holidays.list_supported_countries().items()
        if len(code) == 2
    ]
    return tuple(sorted(found, key=lambda country: country.name))


def public_holidays(country: str, year: int, region: str = "") -> Sequence[tuple[date, str]]:
    """Dates and names in English where the package has them.

    :raises Invalid: naming the field, if country, region or year is not known.
    """
    known = next((one for one in countries() if one.code == country.strip().upper()), None)
    if known is None:
        raise Invalid(f"There is no country “{country[:20]}”. Use a two-letter code such as DE.", field="country")
    if region and region not in known.regions:
        regions = ", ".join(known.regions[:20]) or "none"
        raise Invalid(f"{known.name} has no region “{region[:20]}”. Known are {regions}.", field="region")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(f"The year is {year}; {FIRST_YEAR} to {LAST_YEAR} can be asked for.", field="year")
    found = holidays.country_holidays(known.code, subdiv=region or None, years=year, language="en_US")
    return sorted((day, str(name)) for day, name in found.items() if day.year == year)
