"""Days and times as people say them: *tomorrow*, *next Friday*, *the 3rd*, *half past 11 in the morning*. Pure.

A day without its year is the next one that comes. What can be read in two ways is not read.
"""

import re
from datetime import date, timedelta

from firstline.agent.facts import dates
from firstline.agent.facts.values import word_value

_AHEAD = {
    "today": 0, "tonight": 0, "this evening": 0, "this afternoon": 0, "this morning": 0, "heute": 0, "aujourd'hui": 0, "hoy": 0,
    "oggi": 0, "vandaag": 0, "hoje": 0, "dzisiaj": 0, "tomorrow": 1, "morgen": 1, "demain": 1, "mañana": 1, "domani": 1,
    "amanhã": 1, "jutro": 1, "day after tomorrow": 2, "übermorgen": 2, "après-demain": 2, "pasado mañana": 2, "dopodomani": 2,
    "overmorgen": 2, "depois de amanhã": 2, "pojutrze": 2,
}  # fmt: skip
_NAMED = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, _AHEAD), key=len, reverse=True))})(?!\w)", re.IGNORECASE)
_MORNING = re.compile(
    r"(?<!\w)(?:am|guten|this|tomorrow|in the|jeden) morgen(?!\w)|(?<!\w)(?:in the|this) mañana|por la mañana", re.IGNORECASE
)
_IN_DAYS = re.compile(
    r"(?<!\w)(?:in|en|dans)\s+(\w+)\s+(days?|weeks?|tage?n?|wochen?|jours?|semaines?|d[ií]as?|semanas?)(?!\w)", re.IGNORECASE
)
_NTH = re.compile(r"(?<![\w.,:])(?:the\s+|on\s+)?([0-3]?[0-9])(?:st|nd|rd|th)(?!\w)", re.IGNORECASE)
_NEXT_WEEK = re.compile(r"(?<!\w)(?:next week|nächste woche|la semaine prochaine|la próxima semana)(?!\w)", re.IGNORECASE)
_WEEK = ("w", "s")


def day_in(text: str, today: date | None) -> date | None:
    """The one day that a text names; None for none, or for several.

    :param today: what relative days are counted from; None reads only dates with their year.
    """
    days = days_in(text, today)
    return days[0] if len(set(days)) == 1 else None


def days_in(text: str, today: date | None) -> list[date]:
    """The days that a text names, in the order it names them; one that can be read in two ways is left out."""
    text = text.replace("’", "'")
    found: dict[int, date] = {}
    for one in dates.dates(text):
        read = {day for reading in one.readings if isinstance(reading, tuple) and (day := _whole(reading, today))}
        if len(read) == 1:
            found[one.start] = read.pop()
    if not found and today is not None:
        found = _relative(text, today)
    return [found[start] for start in sorted(found)]


def _whole(reading: tuple[int | None, int | None, int | None], today: date | None) -> date | None:
    year, month, day = reading
    if month is None or day is None:
        return None
    years = [year] if year is not None else [today.year, today.year + 1] if today is not None else []
    for one in years:
        try:
            whole = date(one, month, day)
        except ValueError:
            continue
        if year is not None or today is None or whole >= today:
            return whole
    return None


def _relative(text: str, today: date) -> dict[int, date]:
    found: dict[int, date] = {}
    plain = _MORNING.sub(lambda one: " " * len(one[0]), text)
    for named in _NAMED.finditer(plain):
        found[named.start()] = today + timedelta(days=_AHEAD[named[0].lower()])
    for counted in _IN_DAYS.finditer(text):
        count = int(counted[1]) if counted[1].isdigit() and counted[1].isascii() else int(word_value(counted[1].lower()) or 0)
        if 0 < count <= 366:
            found[counted.start()] = today + timedelta(days=count * (7 if counted[2][0].lower() in _WEEK else 1))
    for weekday in dates.weekdays(text):
        (number,) = weekday.readings
        assert isinstance(number, int)
        ahead = (number - today.weekday() - 1) % 7 + 1
        if _NEXT_WEEK.search(text):
            ahead = number - today.weekday() + 7
        found[weekday.start] = today + timedelta(days=ahead)
    if not found:
        for nth in _NTH.finditer(text):
            if (day := _next(int(nth[1]), today)) is not None:
                found[nth.start()] = day
    return found


def _next(day: int, today: date) -> date | None:
    """The next day of that number in this month or one of the next two."""
    for ahead in range(3):
        month = (today.month - 1 + ahead) % 12 + 1
        try:
            whole = date(today.year + (today.month + ahead > 12), month, day)
        except ValueError:
            continue
        if whole >= today:
            return whole
    return None


_HOUR = r"(?P<h>[0-9]{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_SPOKEN = re.compile(
    rf"(?<!\w)(?P<part>half|quarter|[0-9]{{1,2}})\s+(?:minutes\s+)?(?P<way>past|after|to|before)\s+{_HOUR}(?!\w)", re.IGNORECASE
)
_HALF_GERMAN = re.compile(r"(?<!\w)halb\s+(?P<h>\w+)", re.IGNORECASE)
_DAY_PART = r"morning|afternoon|evening|night"
_PART_FIRST = re.compile(rf"(?<!\w)(?:{_DAY_PART})(?:\s+at|\s+around)?\s+{_HOUR}(?![\w:]|\.\d)", re.IGNORECASE)
_PART_LAST = re.compile(rf"(?<![\w:.]){_HOUR}(?:\s+o[\"' ]?clock)?\s+(?:in the\s+|at\s+)(?:{_DAY_PART})(?!\w)", re.IGNORECASE)
_EVENING = re.compile(
    r"(?<!\w)(?:(?:afternoon|evening)|tonight|at night|nachmittags?|abends?"
    r"|de la tarde|du soir|de l'après-midi|[0-9]\s*p\.?m)(?!\w)",
    re.IGNORECASE,
)
_EARLY = re.compile(r"(?<!\w)(?:morning|morgens?|vormittags?|du matin|de la mañana|[0-9]\s*a\.?m)(?!\w)", re.IGNORECASE)


def time_in(text: str) -> str | None:
    """The one time of day that a text names, as 18:30; None for none, or for several."""
    text = " ".join(text.replace("’", "'").split())
    minutes = set(_spoken(text))
    if not minutes:
        minutes = {m for one in dates.times(text) for m in one.readings if isinstance(m, int)}
    if not minutes:
        halves = [*_PART_FIRST.finditer(text), *_PART_LAST.finditer(text)]
        minutes = {hour * 60 for one in halves if (hour := _hour(one["h"])) is not None}
    if len(minutes) != 1:
        return None
    minute = minutes.pop()
    if minute < 720 and _EVENING.search(text) and not _EARLY.search(text):
        minute += 720
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _spoken(text: str) -> list[int]:
    found = []
    for one in _SPOKEN.finditer(text):
        hour, part = _hour(one["h"]), one["part"].lower()
        past = {"half": 30, "quarter": 15}.get(part) or (int(part) if part.isdigit() else 0)
        if hour is not None and past < 60:
            found.append((hour * 60 + (past if one["way"].lower() in ("past", "after") else -past)) % 1440)
    halves = [_hour(one["h"]) for one in _HALF_GERMAN.finditer(text)]
    return found + [(hour * 60 - 30) % 1440 for hour in halves if hour is not None]


def _hour(written: str) -> int | None:
    value = int(written) if written.isdigit() and written.isascii() else int(word_value(written.lower()) or -1)
    return value if 0 <= value <= 24 else None


_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {
    **{name: value for value, name in enumerate(_SMALL.split(), 1)},
    **{name: 10 * value for value, name in enumerate(_TENS.split(), 2)},
}


def spoken_number(text: str) -> int | None:
    """A number of several English words, such as *one thousand three hundred and thirty*; None where there is none, or two."""
    found: list[int] = []
    total = part = count = 0
    for word in [*re.findall(r"[a-z]+", text.lower().replace("-", " ")), ""]:
        if word in _NUMBERS:
            part, count = part + _NUMBERS[word], count + 1
        elif word in ("hundred", "thousand", "million") and count:
            size = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}[word]
            total, part = (total, part * 100) if size == 100 else (total + part * size, 0)
            count += 1
        elif word != "and" or not count:
            if count > 1:
                found.append(total + part)
            total = part = count = 0
    return found[0] if len(found) == 1 else None
