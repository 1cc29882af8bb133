"""What every account at Meta can be set to: fields that the forms of its channels share."""

from typing import Annotated, Protocol

from pydantic import Field, SecretStr

from firstline.channels.base import Broken
from firstline.channels.graph.signing import secrets_in

GRAPH_URL = "https://graph.facebook.com"

VerifyToken = Annotated[
    SecretStr,
    Field(title="Verify token", description="A word you choose. Enter the same one beside the callback address at Meta."),
]
GraphVersion = Annotated[str, Field(title="Version of the API", description="Such as v26.0.", pattern=r"^v\d{1,3}\.\d$")]
UseProof = Annotated[
    bool,
    Field(title="Send appsecret_proof", description="Switch it on if the app requires proof of the app secret."),
]
ADDRESS = r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$"
"""What the address of the API looks like."""


class Secretive(Protocol):
    """Settings with what signs and verifies."""

    app_secret: SecretStr
    verify_token: SecretStr


def secrets_of(config: Secretive) -> tuple[str, ...]:
    """The app secrets, the present one first."""
    return secrets_in(config.app_secret.get_secret_value())


def present_secret(config: Secretive) -> str:
    """The one that we sign with; empty if there is none."""
    return next(iter(secrets_of(config)), "")


def require_secrets(kind: str, config: Secretive) -> None:
    """:raises Broken: if something is missing without which Meta's deliveries are refused."""
    if not config.app_secret.get_secret_value() or not config.verify_token.get_secret_value():
        raise Broken(
            f"{kind}:secrets",
            "App secret or verify token are missing: Meta's deliveries would be refused.",
            "Enter both in the settings of this account.",
        )
