"""What the simulated Meta knows: accounts, people, messages, files, and what is to go wrong."""

import random
import time
from collections import defaultdict, deque
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from firstline.simulators.meta.subscriptions import Failing

NUMBER, WABA, PAGE, INSTAGRAM, APP = "106540352242922", "102290129340398", "1784140000000", "1784150000000", "263900000000001"
DAY = 86_400


@dataclass
class Fault:
    """Something that goes wrong, a number of times, at requests whose path ends in ``path``."""

    code: int = 0
    subcode: int = 0
    status: int = 400
    times: int = 1
    path: str = "/messages"
    taken: bool = False
    """The message is taken, and only the answer is lost."""
    hangs: float = 0.0
    """Seconds before anything is answered."""
    details: str = ""


@dataclass
class Dislike:
    """Files that a number does not take, a number of times: told by the ``answer``, by a ``status``, or by ``both``."""

    code: int = 131053
    told: str = "answer"
    times: int = 1

    def __post_init__(self) -> None:
        if self.told not in ("answer", "status", "both"):
            raise ValueError("told is answer, status or both")


@dataclass
class Settings:
    """How this Meta is set up."""

    target: str = ""
    """Where webhooks go: the address of Firstline, without path."""
    whatsapp_account: str = ""
    messenger_account: str = ""
    instagram_account: str = ""
    app_secret: str = "simulated-secret"  # noqa: S105 everybody may know it: it guards nothing
    token: str = "simulated-token"  # noqa: S105 the same
    verify_token: str = "simulated-verify"  # noqa: S105 the same
    seed: int = 1
    first: int = 1
    """Number of the first id. One that is started again must not give the ids of before: whoever knows them takes what comes with
    them for a repetition."""
    flaky: float = 0.0
    """Share of sends that fail with a 5xx."""
    duplicates: float = 0.0
    """Share of webhooks that come twice."""
    shuffled: bool = False
    """Whether webhooks overtake each other."""
    batch: int = 1
    """Events of one kind in one webhook."""
    receipts: bool = True
    """Whether sent and delivered are told after each send."""
    echoes: bool = True
    """Whether a page's own messages come back."""
    token_made: float = 0.0
    """When the token was made, in seconds since 1970. Instagram Login renews none that is younger than a day."""
    token_ends: float = 0.0
    """When the token ends, in seconds since 1970; 0 is never."""
    quality: str = "GREEN"
    """How customers rate the number."""
    primary: bool = True
    """Whether Firstline may take threads back from other apps."""
    message_status: str = "accepted"
    """What answers to WhatsApp messages say: ``held_for_quality_assessment`` and ``paused`` are taken and not passed on yet."""
    usage: int = 0
    """Percent of the day's calls that answers say are used; 0: they say nothing."""
    limits: bool = True
    """Whether rates are limited as Meta does it."""


@dataclass
class Limits:
    """80 messages a second for the number; one in 6 seconds towards one person, with 45 lent ahead."""

    number: deque[float] = field(default_factory=deque)
    pairs: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def refuse(self, to: str, now: float) -> int:
        """The error code if it is too fast, else 0."""
        while self.number and now - self.number[0] >= 1.0:
            self.number.popleft()
        pair = self.pairs[to]
        while pair and now - pair[0] >= 45 * 6.0:
            pair.popleft()
        if len(self.number) >= 80:
            return 130429
        if len(pair) >= 45:
            return 131056
        self.number.append(now)
        pair.append(now)
        return 0


@dataclass
class World:
    """Everything, in memory."""

    settings: Settings
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What Firstline sent, as it was posted, with ``id`` and ``to``."""
    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Files that the look-up says are at another address."""
    templates: list[dict[str, Any]] = field(default_factory=lambda: deepcopy(TEMPLATES))
    subscribed: dict[str, list[str]] = field(default_factory=dict)
    others_subscribed: list[str] = field(default_factory=list)
    """Other apps that get the events of the business account."""
    faults: list[Fault] = field(default_factory=list)
    dislikes: list[Dislike] = field(default_factory=list)
    """Of files; the next one that a number sends meets the first."""
    heard: dict[str, float] = field(default_factory=dict)
    """When each person last wrote."""
    held: dict[str, str] = field(default_factory=dict)
    """Persons whose thread another app has, and which."""
    renewed: list[str] = field(default_factory=list)
    """Tokens that were given for old ones."""
    gone: set[str] = field(default_factory=set)
    """Persons who blocked the business or left: nothing arrives at them."""
    checks_identities: bool = False
    """Whether the number tells customers' keys, and checks those that come with messages."""
    phones: dict[str, int] = field(default_factory=dict)
    """How often each person got another phone, or the number another holder."""
    names: dict[str, str] = field(default_factory=dict)
    """What persons are called, where it is not made up; an empty name is not told."""
    shown: list[dict[str, Any]] = field(default_factory=list)
    """Read marks and typing."""
    asked: list[str] = field(default_factory=list)
    """Method and path of every request."""
    later: float = 0.0
    """Seconds by which this Meta's clock is ahead."""
    limits: Limits = field(default_factory=Limits)
    failing: Failing = field(default_factory=Failing)
    count: int = field(init=False)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.count = self.settings.first - 1
        self.dice = random.Random(self.settings.seed)  # noqa: S311 a die, no secret

    def now(self) -> float:
        """Seconds since 1970, by this Meta's clock."""
        return time.time() + self.later

    def key_of(self, who: str) -> str:
        """The key of whoever holds an address now."""
        return f"key{self.phones.get(who, 0)}of{who}="

    def number(self) -> int:
        """The next number for an id."""
        self.count += 1
        return self.count

    def dislikes_now(self) -> Dislike | None:
        """Why the file that is being sent is not taken, if it is not."""
        found = next((one for one in self.dislikes if one.times > 0), None)
        if found is not None:
            found.times -= 1
        return found

    def fault_at(self, path: str) -> Fault | None:
        """What is to go wrong with this request, if anything."""
        for fault in self.faults:
            if fault.times > 0 and path.endswith(fault.path):
                fault.times -= 1
                return fault
        if path.endswith("/messages") and self.dice.random() < self.settings.flaky:
            return (
                Fault(code=0, status=500, taken=self.dice.random() < 0.5) if self.dice.random() < 0.3 else Fault(131016, 0, 503)
            )
        return None


TEMPLATES: list[dict[str, Any]] = [
    {
        "name": "bike_ready",
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": "Hello {{1}}, your bike is ready. Pick it up until {{2}}."},
            {"type": "FOOTER", "text": "Veloria"},
        ],
    },
    {
        "name": "sale",
        "language": "en",
        "status": "PAUSED",
        "category": "MARKETING",
        "components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Everything must go."}],
    },
]
