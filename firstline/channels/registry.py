"""Every channel of this installation, and the jobs that serve them all. A new channel gets one line here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from firstline.channels.base import Channel
from firstline.channels.checking import Checks
from firstline.channels.control.passing import Passing
from firstline.channels.custom.channel import Custom
from firstline.channels.deliver import Outbox
from firstline.channels.email.channel import Email
from firstline.channels.fetching import Fetcher
from firstline.channels.intake.backlog import Backlog
from firstline.channels.intake.bringing import Bringing
from firstline.channels.intake.taking import Intake
from firstline.channels.livechat.channel import LiveChat
from firstline.channels.messenger.channel import Messenger
from firstline.channels.profiling import Profiling
from firstline.channels.rereading.jobs import LOOK, Rereader
from firstline.channels.rereading.seeking import Seeker
from firstline.channels.resuming import Resuming
from firstline.channels.tending import Tender
from firstline.channels.whatsapp.channel import WhatsApp
from firstline.kit.database import Database
from firstline.kit.jobs import Jobs
from firstline.kit.secrets import Keyring


class Surroundings(Protocol):
    """What channels take from the settings of the installation."""

    data: Path
    allow_private_addresses: bool
    allow_plain_http: bool

    @property
    def base_url(self) -> str:
        """Where providers and customers reach this installation."""
        ...


def all_channels(database: Database, keyring: Keyring, settings: Surroundings) -> Mapping[str, Channel]:
    """Every channel by its kind."""
    channels: Sequence[Channel] = (
        LiveChat(),
        WhatsApp(database),
        Messenger(),
        Email(database, keyring, allow_private=settings.allow_private_addresses),
        Custom(
            database,
            keyring,
            settings.base_url,
            allow_private=settings.allow_private_addresses,
            allow_plain=settings.allow_plain_http,
        ),
    )
    return {channel.kind: channel for channel in channels}


def add_channel_jobs(jobs: Jobs, channels: Mapping[str, Channel], keyring: Keyring, settings: Surroundings) -> None:
    """The jobs of all channels."""
    database = jobs.database
    jobs.add("channels.deliver", Outbox(database, channels, keyring, settings.base_url).deliver)
    jobs.add("channels.settle_unknown", Seeker(database, channels, keyring).settle)
    jobs.add("channels.fetch", Fetcher(database, channels, keyring, settings).fetch)
    backlog = Backlog(database, Intake(database, channels).parser, keyring)
    jobs.add("channels.take_in", backlog.take_in)
    jobs.every(60.0, "channels.take_in_all", backlog.wake_all)
    bringing = Bringing(database, channels, keyring)
    jobs.add("channels.bring", bringing.bring)
    jobs.every(60.0, "channels.bring_all", bringing.wake_all)
    tender = Tender(database, channels, keyring)
    jobs.add("channels.tend", tender.tend)
    jobs.add("channels.acknowledge", tender.acknowledge)
    jobs.every(21_600.0, "channels.tend_all", tender.tend_all)
    jobs.add("channels.pass_on", Passing(database, channels, keyring).pass_on)
    jobs.add("channels.profile", Profiling(database, channels, keyring).ask)
    jobs.add("channels.resume", Resuming(database).resume)
    rereader = Rereader(database, channels, keyring)
    jobs.add("channels.reread", rereader.reread)
    jobs.every(LOOK, "channels.reread_due", rereader.look)
    checks = Checks(database, channels, keyring)
    jobs.every(60.0, "channels.check_due", checks.due)
    jobs.every(3600.0, "channels.sweep", checks.sweep)
