"""What the pattern book shows: one of everything, in the world of a bicycle shop."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from firstline.console import parts_chart, parts_week
from firstline.console.config_form import ConfigField
from firstline.console.view import samples_told
from firstline.console.view.channels import Receivers
from firstline.console.view.common import Column, Link, Person, Times
from firstline.console.view.door import Enrol
from firstline.console.view.form import Form
from firstline.console.view.overview import Check
from firstline.console.view.schedule import HolidayRow, ScheduleEditor
from firstline.console.view.timeline import Brief, Citation, Comment, Composer, Day, Message, Note, Step
from firstline.console.view.told import Told
from firstline.hours.rows import Row
from firstline.hours.rules import Schedule
from firstline.kit.errors import Invalid
from firstline.people import second_factor

_NOW = datetime(2026, 11, 22, 9, 12, tzinfo=UTC)
_TIMES = Times(_NOW, ZoneInfo("Europe/Berlin"))
MIRA = Person("mira", "Mira Sandoval", "contact")
VELO = Person("velo", "Velo", "agent")
JONAS = Person("jonas", "Jonas Feld", available=True)
SAMIRA = Person("samira2", "Samira Bakri", available=False)
INES = Person("ines", "Ines Moreau", available=True)
TOBIAS = Person("tobias", "Tobias Ohm", "contact")


def _before(minutes: int) -> datetime:
    return _NOW - timedelta(minutes=minutes)


def _left() -> tuple[Message, ...]:
    return (
        Message(
            "p1",
            _TIMES.clock(_before(26)),
            MIRA,
            "Is the first service really free?",
            mail="#conversation",
            warnings=("Answers go to mira.private@customer.example.",),
        ),
        Message(
            "p2",
            _TIMES.clock(_before(26)),
            VELO,
            "Yes, for two reasons:\n- every new bike includes a **free first service** within 6 months [1]\n"
            "- club members pay nothing for checks [2]\n\nShall I look for a date?",
            citations=(
                Citation(1, "First service", "veloria.example/service", "https://veloria.example/service"),
                Citation(2, "Club terms, private"),
            ),
            state="Read 09:47",
            why="#conversation",
        ),
        Message(
            "p3",
            _TIMES.clock(_before(9)),
            JONAS,
            "Tuesday 08:30 works.",
            state="Not sent, the customer left the chat.",
            failed=True,
            cure=Link("Try again", "#conversation"),
        ),
    )


def _right() -> tuple[Day | Note | Brief | Comment, ...]:
    reasons = ("Deployed on Website chat", "Within working hours (all hours)", "Credits left", "Covered (100 %)")
    return (
        Day(_TIMES.day(_NOW)),
        Note(
            "p4", _TIMES.clock(_before(26)), "split", Markup("Assigned to <b>Velo</b>: all hours, credits left, covered"), reasons
        ),
        Note("p5", _TIMES.clock(_before(25)), "bolt", Markup("<b>Look up order</b> ran, 210 ms, order 19922 found")),
        Brief(
            "p6",
            _TIMES.clock(_before(23)),
            "Handoff to Workshop team",
            (("Reason", "Customer asked for a person"), ("Promised", "A reply by 10:19")),
        ),
        Comment("p7", _TIMES.clock(_before(16)), SAMIRA, "@Jonas Stand 2 is free Tuesday."),
        Note("p8", _TIMES.clock(_before(2)), "check", Markup("Closed by <b>Jonas Feld</b>")),
    )


def _usage() -> parts_chart.LineChart:
    used = [62, 131, 214, 302, 380, 455, 501, 548, 633, 723, 805, 889, 966, 1014, 1058, 1148, 1236, 1321, 1409, 1499, 1591, 1716]
    return parts_chart.line_chart(
        [(f"{number + 1} Nov", value) for number, value in enumerate(used)],
        slots=30,
        title="Credits used this month: 1,716 by 22 November, forecast 2,340 by 30 November.",
        name="Used",
        last_label="1,716 today",
        last_day="30 Nov",
        forecast=2340,
        limits=((2000, "Allowance 2,000"), (3000, "With pack 3,000")),
    )


def _bars() -> parts_chart.BarChart:
    rows = [("Mon", 41, 21), ("Tue", 44, 27), ("Wed", 52, 14), ("Thu", 60, 24), ("Fri", 58, 22), ("Sat", 40, 18), ("Sun", 37, 12)]
    return parts_chart.bar_chart(
        rows, title="Conversations by weekday, resolved and handed off", first_name="Resolved by Velo", second_name="Handed off"
    )


def _week() -> parts_week.Week:
    silent_days = dict.fromkeys(range(5), ((0, 480), (1080, 1440)))
    return parts_week.week(
        {**silent_days, 5: ((0, 600), (840, 1440)), 6: ((0, 1440),)},
        on_name="Velo",
        off_name="Service team",
        today=6,
        minute=612,
        now_text="Velo answers now, Sunday 10:12.",
        change_text="Next change Monday 08:00.",
    )


def _clock_change() -> parts_week.Week:
    """A fortnight in which clocks go forward."""
    schedule = Schedule("during", "Europe/Berlin", (Row((0, 1, 2, 3, 4), 540, 1020), Row((5,), 1320, 240)))
    now = datetime(2027, 3, 23, 9, 12, tzinfo=UTC)
    return parts_week.days_of(schedule, now, on_name="Velo", off_name="Service team", days=7)


def _schedule() -> ScheduleEditor:
    return ScheduleEditor(
        legend="Working hours",
        mode="outside",
        modes=(
            ("all", "All hours", "Velo takes every new conversation"),
            ("during", "During specific hours", "Velo answers in the hours you enter"),
            ("outside", "Only outside specific hours", "Velo stays silent in the hours you enter"),
        ),
        zone="Europe/Berlin",
        zone_now="UTC+1, now 10:12",
        zones=(("Europe/Berlin", "UTC+1, now 10:12"), ("Europe/London", "UTC, now 09:12")),
        rows=(("weekdays", "08:00", "18:00"), ("sat", "22:00", "02:00")),
        during="Hours Velo answers",
        outside="Hours Velo stays silent",
        holidays=(
            HolidayRow("2026-12-24", "09:00–12:00", "Christmas Eve", "Thursday"),
            HolidayRow("2026-12-25", "", "", "Friday"),
        ),
        countries=(("DE", "Germany"), ("FR", "France")),
        country="DE",
        year=2026,
        week=None,
        preview_url="",
        error="Row 2 (Sat 22:00–02:00 next day) overlaps Row 1. Change one of them or remove it.",
    )


TRACE = (
    Step("Understood", "4 ms", "Warranty question, English, one matter"),
    Step("Searched", "9 ms", "“derailleur clicks new bike covered”"),
    Step("Found 5, used 2", "score", "", ("First service, “within 6 months” · 0.91", "Adjusting gears · 0.52, not used")),
    Step("Checked", "2 of 2", "“6 months” and “two-year” occur in the sources"),
    Step("Answers", "", "Waits for the customer", done=False),
)


RECEIVERS = Receivers(
    "fallback",
    "teams",
    (("teams", "Specific teams"), ("teammates", "Specific teammates"), ("nobody", "Nobody")),
    (("service", "Service team"), ("workshop", "Workshop team")),
    (("jonas", "Jonas Feld"), ("samira", "Samira Bakri")),
    frozenset({"workshop"}),
)
CHECKS = (
    Check("Identity", True, "Customers meet Velo.", "#lists"),
    Check("Knowledge", False, "Add your website, files or a few short answers.", "#lists"),
)
FORM = Form(
    {"reply_address": "hello@veloria"},
    Invalid("Enter a full address, such as hello@veloria.example.", field="reply_address"),
    ("reply_address",),
)
COMPOSER = Composer(
    "cnv_sample",
    "#",
    "#",
    "Reply to Mira",
    "Reply to Mira in the chat.",
    warnings=("The last message could not be delivered: the customer cannot be reached.",),
)


def _enrol() -> Enrol:
    code = second_factor.drawn(second_factor.address_for("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "samira@veloria.example", "Veloria"))
    wrong = Invalid("This is not the code that the app shows now. Is the clock of your phone right?", field="code")
    return Enrol(code, "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", Form({}, wrong, ("code",)))


@dataclass(frozen=True)
class Samples:
    """Everything the template of the pattern book names."""

    people: tuple[Person, ...] = (MIRA, SAMIRA, TOBIAS, VELO)
    mates: tuple[Person, ...] = (JONAS, SAMIRA, INES, TOBIAS, MIRA)
    contact: Person = MIRA
    agent: Person = VELO
    left: tuple[Message, ...] = field(default_factory=_left)
    right: tuple[Day | Note | Brief | Comment, ...] = field(default_factory=_right)
    trace: tuple[Step, ...] = TRACE
    usage: parts_chart.LineChart = field(default_factory=_usage)
    bars: parts_chart.BarChart = field(default_factory=_bars)
    week: parts_week.Week = field(default_factory=_week)
    clock_change: parts_week.Week = field(default_factory=_clock_change)
    schedule: ScheduleEditor = field(default_factory=_schedule)
    enrol: Enrol = field(default_factory=_enrol)
    spark: str = parts_chart.spark((20, 18, 19, 14, 15, 10, 8, 4)[::-1])
    columns: tuple[Column, ...] = (
        Column("Channel"),
        Column("Working hours", "p2"),
        Column("State"),
        Column("This month", "num p2"),
        Column("More", "tight", hidden=True),
    )
    receivers: Receivers = RECEIVERS
    checks: tuple[Check, ...] = CHECKS
    form: Form = FORM
    composer: Composer = COMPOSER
    icons: tuple[str, ...] = ()
    told: Told = field(default_factory=samples_told.told)
    working: str = samples_told.WORKING
    config: tuple[ConfigField, ...] = samples_told.FIELDS
    config_form: Form = samples_told.FORM
