"""How times, counts, names and texts are written. Pure; templates use these as filters."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from firstline.console.words import _

_TINTS = 5


def initials(name: str) -> str:
    """At most two letters for an avatar; ``?`` where there is no letter."""
    words = [word for word in re.split(r"[\s@._-]+", name) if word[:1].isalpha()]
    if not words:
        return "?"
    first, last = words[0][0], words[-1][0] if len(words) > 1 else ""
    return (first + last).upper()


def tint(key: str) -> int:
    """A colour from 0 to 4 that a person keeps; 0 is grey."""
    return zlib.crc32(key.encode()) % _TINTS


def number(value: int, locale: str = "en") -> str:
    """A count with separators: 1,204."""
    return format_decimal(value, locale=locale)


def signed(value: int, locale: str = "en") -> str:
    """A change with its sign; the minus is a real one: +1,000, −1, 0."""
    if value == 0:
        return "0"
    return ("+" if value > 0 else "\N{MINUS SIGN}") + format_decimal(abs(value), locale=locale)


def clock(at: datetime, zone: ZoneInfo) -> str:
    """09:46."""
    return at.astimezone(zone).strftime("%H:%M")


def moment(at: datetime, now: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """As short as it stays clear: 09:46 today, Sat within a week, 12 Nov within a year, else 12 Nov 2024."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    if here.date() == today.date():
        return here.strftime("%H:%M")
    if timedelta(0) < today - here < timedelta(days=6):
        return format_date(here, "EEE", locale=locale)
    pattern = "d MMM" if here.year == today.year else "d MMM y"
    return format_date(here, pattern, locale=locale)


def ago(at: datetime, now: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """Just now, 5 min ago, 2 h ago, Yesterday, then the date."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return _("Just now")
    if passed < timedelta(hours=1):
        return _("%(count)s min ago", count=passed // timedelta(minutes=1))
    days = (now.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days == 0:
        return _("%(count)s h ago", count=passed // timedelta(hours=1))
    return _("Yesterday") if days == 1 else moment(at, now, zone, locale)


def ahead(at: datetime, now: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """When something comes: 18:00 today, Tue 09:00 within a week, else 12 Nov, 09:00."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    days = (here.date() - today.date()).days
    pattern = "HH:mm" if days == 0 else "EEE HH:mm" if 0 < days < 7 else "d MMM, HH:mm"
    return format_datetime(here, pattern, locale=locale)


def day(at: datetime, now: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """A day's heading in a timeline: Today, Sunday 22 November."""
    here, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    pattern = "EEEE d MMMM" if here.year == today.year else "EEEE d MMMM y"
    written = format_date(here, pattern, locale=locale)
    if here == today:
        return _("Today, %(day)s", day=written)
    return _("Yesterday, %(day)s", day=written) if here == today - timedelta(days=1) else written


def stamp(at: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """In full, for tooltips and ledgers: 22 Nov 2026, 10:11."""
    return format_datetime(at.astimezone(zone), "d MMM y, HH:mm", locale=locale)


def weekday_time(at: datetime, zone: ZoneInfo, locale: str = "en") -> str:
    """Monday 08:00."""
    here = at.astimezone(zone)
    return f"{format_date(here, 'EEEE', locale=locale)} {format_time(here, 'HH:mm', locale=locale)}"


def iso(at: datetime) -> str:
    """For the ``datetime`` attribute of ``<time>``."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def milliseconds(value: float) -> str:
    """4 ms, 1.1 s."""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


def size(octets: int) -> str:
    """12 kB, 3.4 MB."""
    return f"{max(1, octets // 1000)} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


_BLANK = re.compile(r"\n[ \t]*\n\s*")
_ITEM = re.compile(r"^\s*(?:[-*•]|(?P<number>\d{1,3})[.)])\s+(?P<text>.*)$")
_INLINE = re.compile(
    r"(?P<url>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])|\*\*(?P<bold>[^*\n]{1,300})\*\*|[ \t]*\[(?P<cite>\d{1,2})\]"
)


def prose(text: str, citations: int = 0, anchor: str = "") -> Markup:
    """Plain text as paragraphs and lists, with links, bold and citations; everything else is escaped.

    :param citations: how many sources there are; ``[n]`` up to that number becomes a mark that leads to its source.
    :param anchor: prefix of the sources' ids on the page.
    """
    blocks = [_block(part, citations, anchor) for part in _BLANK.split(text.strip()) if part.strip()]
    return Markup("").join(blocks)


def _block(part: str, citations: int, anchor: str) -> Markup:
    lines = part.split("\n")
    items = [_ITEM.match(line) for line in lines]
    start = next((index for index, found in enumerate(items) if found), None)
    if start is None:
        return Markup("<p>{}</p>").format(_lines(lines, citations, anchor))
    lead = Markup("<p>{}</p>").format(_lines(lines[:start], citations, anchor)) if start else Markup("")
    entries: list[list[str]] = []
    for line, found in zip(lines[start:], items[start:], strict=True):
        if found:
            entries.append([found["text"]])
        else:
            entries[-1].append(line)
    first = items[start]
    tag = "ol" if first and first["number"] else "ul"
    begin = Markup(' start="{}"').format(first["number"]) if first and first["number"] not in (None, "1") else Markup("")
    rows = Markup("").join(Markup("<li>{}</li>").format(_lines(entry, citations, anchor)) for entry in entries)
    return lead + Markup("<{tag}{begin}>{rows}</{tag}>").format(tag=Markup(tag), begin=begin, rows=rows)


def _lines(lines: list[str], citations: int, anchor: str) -> Markup:
    return Markup("<br>").join(_inline(line.strip(), citations, anchor) for line in lines)


def _inline(line: str, citations: int, anchor: str) -> Markup:
    out, at = [], 0
    for found in _INLINE.finditer(line):
        out.append(escape(line[at : found.start()]))
        out.append(_marked(found, citations, anchor))
        at = found.end()
    out.append(escape(line[at:]))
    return Markup("").join(out)


def _marked(found: re.Match[str], citations: int, anchor: str) -> Markup:
    if url := found["url"]:
        return Markup('<a class="link" href="{0}" target="_blank" rel="noopener nofollow">{0}</a>').format(url)
    if bold := found["bold"]:
        return Markup("<b>{}</b>").format(bold)
    place = int(found["cite"])
    if 1 <= place <= citations:
        return Markup('<a class="cite" href="#{0}{1}" aria-label="Source {1}">{1}</a>').format(anchor, place)
    return escape(found.group())
