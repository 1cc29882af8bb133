"""Receiving deliveries, each in a transaction: alone, or many of a burst in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firstline.channels import accounts
from firstline.channels.abilities import Referring
from firstline.channels.base import Account, Channel, Forged, Hooked, RawRequest, Response, capabilities_of
from firstline.channels.intake.backlog import any_waits, keep_for_later
from firstline.channels.intake.bringing import keep_to_bring
from firstline.channels.intake.rules import when
from firstline.channels.intake.taking import take
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Refused, TooLarge
from firstline.kit.secrets import Keyring


@dataclass(frozen=True)
class Delivery:
    """What a provider posted to ``/hooks/{kind}/{account}/…``."""

    kind: str
    account_id: str
    request: RawRequest


@dataclass(frozen=True)
class Queued(Response):
    """It was stored behind others that wait; their job may be about to end."""


class Receiving:
    """The transactions; what they need is given once.

    :param channels: by kind. :param keyring: opens the accounts' secrets, with which deliveries are verified.
    """

    def __init__(self, channels: Mapping[str, Channel], keyring: Keyring) -> None:
        self.channels = channels
        self.keyring = keyring

    def hooked(self, kind: str) -> tuple[Channel, Hooked]:
        """The channel of a kind that takes deliveries.

        :raises NotFound: if there is none.
        """
        channel: Channel | None = self.channels.get(kind)
        hooked: object = channel
        if channel is None or not isinstance(hooked, Hooked):
            raise NotFound(f"Nothing is delivered to {kind}.")
        return channel, hooked

    def one(self, tx: Tx, delivery: Delivery, others: int) -> Response:
        """Verify one and apply it, or keep it for the job; what the provider is answered.

        :param others: deliveries that this process is applying besides.
        :raises Forged: :raises NotFound: :raises TooLarge: nothing is kept.
        """
        account = accounts.which(tx, delivery.account_id, self.keyring)
        if answer := self._admitted(account, delivery):
            return answer
        channel, hooked = self.hooked(account.kind)
        if _lies_elsewhere(channel, delivery.request):
            keep_to_bring(tx, account, [delivery.request], channel)
            return Response()
        behind = any_waits(tx, account.id)
        if when(len(delivery.request.body), others, behind).at_once:
            take(tx, hooked.parse, account, delivery.request)
            return Response()
        keep_for_later(tx, account, [delivery.request], channel, wakes=not behind)
        return _stored(behind)

    def many(self, tx: Tx, deliveries: Sequence[Delivery]) -> list[Response | Exception]:
        """Verify those of a burst, each for itself, and keep them for the job; what each is answered, or why it is refused."""
        named = sorted({one.account_id for one in deliveries})
        found: dict[str, Account | NotFound] = {name: self._account(tx, name) for name in named}
        behind = {name: any_waits(tx, name) for name in named}
        answers = [self._answer(found[one.account_id], one) for one in deliveries]
        admitted: dict[str, list[RawRequest]] = {}
        for one, answer in zip(deliveries, answers, strict=True):
            if answer is None:
                admitted.setdefault(one.account_id, []).append(one.request)
        for name in sorted(admitted):
            account = found[name]
            assert isinstance(account, Account)
            self._keep(tx, account, admitted[name], wakes=not behind[name])
        return [
            _stored(behind[one.account_id]) if answer is None else answer for one, answer in zip(deliveries, answers, strict=True)
        ]

    def _keep(self, tx: Tx, account: Account, requests: Sequence[RawRequest], *, wakes: bool) -> None:
        channel = self.channels[account.kind]
        here: list[RawRequest] = []
        elsewhere: list[RawRequest] = []
        for one in requests:
            (elsewhere if _lies_elsewhere(channel, one) else here).append(one)
        if elsewhere:
            keep_to_bring(tx, account, elsewhere, channel)
        if here:
            keep_for_later(tx, account, here, channel, wakes=wakes)

    def _account(self, tx: Tx, account_id: str) -> Account | NotFound:
        try:
            return accounts.which(tx, account_id, self.keyring)
        except NotFound as none:
            return none

    def _answer(self, account: Account | NotFound, delivery: Delivery) -> Response | Exception | None:
        if isinstance(account, NotFound):
            return account
        try:
            return self._admitted(account, delivery)
        except (Forged, Refused) as no:
            return no

    def _admitted(self, account: Account, delivery: Delivery) -> Response | None:
        """None if a delivery is to be kept; else what is answered at once."""
        channel, hooked = self.hooked(delivery.kind)
        if account.kind != delivery.kind:
            raise NotFound(f"There is no {delivery.kind} account {account.id}.")
        size, limit = len(delivery.request.body), capabilities_of(channel, account).hook_limit
        if size > limit:
            raise TooLarge(f"The delivery has {size:,} bytes; {limit:,} are the limit.")
        if answer := hooked.verify(account, delivery.request):
            return answer
        if delivery.request.method != "POST":
            raise NotFound("Deliveries are posted.")
        return None


def _lies_elsewhere(channel: object, request: RawRequest) -> bool:
    return isinstance(channel, Referring) and channel.lies_elsewhere(request)


def _stored(behind: bool) -> Response:
    return Queued() if behind else Response()
