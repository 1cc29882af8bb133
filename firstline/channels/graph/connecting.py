"""An account's way to the Graph API, by its settings."""

from typing import Protocol

from pydantic import SecretStr

from firstline.channels.base import Broken
from firstline.channels.graph.client import Graph
from firstline.channels.graph.config import Secretive, present_secret


class Connected(Secretive, Protocol):
    """Settings with what the API is reached by."""

    access_token: SecretStr
    graph_url: str
    graph_version: str
    use_proof: bool


def graph_of(kind: str, config: Connected) -> Graph:
    """:raises Broken: if there is no token."""
    token = config.access_token.get_secret_value()
    if not token:
        raise Broken(f"{kind}:token", "The account has no access token.", "Enter one in the settings of this account.")
    return Graph(config.graph_url, config.graph_version, token, present_secret(config) if config.use_proof else "")
