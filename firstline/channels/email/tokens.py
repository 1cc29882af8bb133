"""Access tokens of Google and Microsoft (OAuth 2.0), kept until shortly before they end."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from firstline.channels.base import Account, Broken
from firstline.channels.email.config import EmailConfig, config_of, secret
from firstline.channels.email.kinds import Sign
from firstline.kit.clock import Clock
from firstline.kit.errors import Retry
from firstline.kit.outbound import Outbound

EARLY = timedelta(minutes=5)
_GOOGLE = "https://oauth2.googleapis.com/token"
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_MICROSOFT_SCOPES = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
_MICROSOFT_APP = "https://outlook.office365.com/.default"


@dataclass(frozen=True)
class _Held:
    value: str
    until: datetime
    made_from: tuple[str, ...]


class Tokens:
    """Gets access tokens with the account's refresh token, or as the app itself, one request for many connections."""

    def __init__(self, clock: Clock, *, allow_private: bool = False) -> None:
        self.clock = clock
        self.allow_private = allow_private
        self._held: dict[str, _Held] = {}

    async def token(self, account: Account) -> str:
        """A token that is good for some minutes.

        :raises Retry: if the provider does not answer. :raises Broken: if it refuses, with the cure.
        """
        config = config_of(account)
        if self.holds(account):
            return self._held[account.id].value
        value, seconds = await self._ask(account, config)
        self._held[account.id] = _Held(value, self.clock.now() + timedelta(seconds=seconds), _made_from(account, config))
        return value

    def holds(self, account: Account) -> bool:
        """Whether a token from before is taken, not a new one. If that is refused, it has ended early: a new one may do."""
        held = self._held.get(account.id)
        made_from = _made_from(account, config_of(account))
        return held is not None and held.made_from == made_from and held.until - EARLY > self.clock.now()

    def forget(self, account: Account) -> None:
        """A server refused the token: get a new one next time."""
        self._held.pop(account.id, None)

    async def _ask(self, account: Account, config: EmailConfig) -> tuple[str, int]:
        form = {"client_id": config.client_id, "client_secret": secret(account, "client_secret")}
        refresh = secret(account, "refresh_token")
        if config.sign_in is Sign.GOOGLE or refresh:
            if not refresh:
                raise Broken(
                    "sign_in", "The OAuth refresh token is missing.", "Give the app consent once and enter the token it gets."
                )
            form |= {"grant_type": "refresh_token", "refresh_token": refresh}
            if config.sign_in is Sign.MICROSOFT:
                form["scope"] = _MICROSOFT_SCOPES
        else:
            form |= {"grant_type": "client_credentials", "scope": _MICROSOFT_APP}
        async with Outbound(allow_private=self.allow_private) as out:
            answer = await out.request(
                "POST",
                _address(config),
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                content=urlencode(form).encode(),
                most=100_000,
            )
        return _read(answer.status, answer.body, config)


def _made_from(account: Account, config: EmailConfig) -> tuple[str, ...]:
    secrets = (secret(account, name) for name in ("client_secret", "refresh_token"))
    return (config.client_id, config.tenant, config.token_url, *secrets)


def _address(config: EmailConfig) -> str:
    if config.token_url:
        return config.token_url
    return _GOOGLE if config.sign_in is Sign.GOOGLE else _MICROSOFT.format(tenant=quote(config.tenant, safe=""))


def _read(status: int, body: bytes, config: EmailConfig) -> tuple[str, int]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = {}
    given = given if isinstance(given, dict) else {}
    value, seconds = given.get("access_token"), given.get("expires_in", 3600)
    if status == 200 and isinstance(value, str) and value:
        return value, int(seconds) if str(seconds).isascii() and str(seconds).isdigit() and len(str(seconds)) < 12 else 3600
    if status >= 500 or status == 429:
        raise Retry(60.0, f"{config.sign_in.value.capitalize()} gives no access token now (HTTP {status}).")
    why = str(given.get("error_description") or given.get("error") or f"HTTP {status}").splitlines()[0][:300]
    cure = "Check client id and secret, or consent again and enter the new refresh token."
    raise Broken("sign_in", f"{config.sign_in.value.capitalize()} refuses access: {why.rstrip('.')}.", cure)
