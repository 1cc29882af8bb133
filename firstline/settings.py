"""Everything that can be set from the environment, as one typed object."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_models() -> Path:
    return Path.home() / ".cache" / "firstline" / "models"


class Settings(BaseSettings):
    """Settings, each read from an environment variable with the prefix ``FIRSTLINE_``."""

    model_config = SettingsConfigDict(env_prefix="FIRSTLINE_", extra="ignore")

    data: Annotated[Path, Field(description="Folder with everything this installation keeps: database, files, keys.")] = Path(
        "data"
    )
    database_url: Annotated[
        str | None,
        Field(description="A PostgreSQL server with pgvector, as postgresql://…; without it one is started in the data folder."),
    ] = None
    models: Annotated[Path, Field(description="Folder of the model files; several installations may share it.")] = Field(
        default_factory=_default_models
    )
    host: Annotated[str, Field(description="Address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the web server listens on.")] = 8000
    public_url: Annotated[
        str | None, Field(description="Where people reach this installation, as https://…; default from host and port.")
    ] = None
    trusted_proxies: Annotated[
        str,
        Field(
            description="Addresses and networks of reverse proxies, with commas between them, whose X-Forwarded-For and "
            "X-Forwarded-Proto are believed: from there come the network addresses of sign-ins. “*” believes everybody."
        ),
    ] = "127.0.0.1,::1"
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Key that encrypts secrets and signs tokens; without it one is made in the data folder. "
            "The same on all machines of a cluster."
        ),
    ] = None
    allow_private_addresses: Annotated[
        bool, Field(description="Whether sources and webhooks may point to private or loopback addresses.")
    ] = False
    allow_plain_http: Annotated[
        bool,
        Field(
            description="Whether webhooks of custom channels, and files and pictures that messages name, may be at public "
            "addresses without https or on other ports than 443."
        ),
    ] = False
    max_upload_mb: Annotated[int, Field(ge=1, le=2048, description="Largest file that may be uploaded as a source, in MB.")] = 50
    smtp_host: Annotated[
        str | None, Field(description="Mail server for the product's own mail to teammates: invitations, warnings, alerts.")
    ] = None
    smtp_port: Annotated[int, Field(ge=1, le=65535, description="Port of that mail server.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Field(description="How the connection to it is protected: starttls, tls or none.")
    ] = "starttls"
    smtp_user: Annotated[str | None, Field(description="User name at that mail server, if it wants one.")] = None
    smtp_password: Annotated[SecretStr | None, Field(description="Password at that mail server.")] = None
    smtp_from: Annotated[str | None, Field(description="Sender of that mail, as “Name <address>”; default is the user name.")] = (
        None
    )
    log_level: Annotated[str, Field(description="debug, info, warning or error.")] = "info"
    log_json: Annotated[bool, Field(description="Whether log lines are JSON instead of text.")] = False

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: str) -> str:
        """Written wrongly, an entry would be believed by nobody, and everybody would seem to come from the proxy."""
        entries = [entry.strip() for entry in given.split(",") if entry.strip()]
        for entry in entries:
            try:
                ip_network("0.0.0.0/0" if entry == "*" else entry)
            except ValueError as wrong:
                raise ValueError(
                    f"“{entry[:60]}” is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8"
                ) from wrong
        return ",".join(entries)

    @property
    def base_url(self) -> str:
        """The address in links, without a slash at its end."""
        host = self.host if self.host not in ("127.0.0.1", "0.0.0.0", "::") else "localhost"  # noqa: S104 compared, not bound
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
