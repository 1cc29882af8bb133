"""Registering channels from a screen: the same commands as REST, for a form."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, Field, ValidationError

from firstline.channels import accounts
from firstline.channels.custom import commands, queries, telling
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.layout import Section
from firstline.channels.registering import Registration, Sample
from firstline.channels.telling import Told
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.kit.secrets import Keyring
from firstline.people.rules import Actor

Kind = TypeVar("Kind", bound=BaseModel)


class RegistrationForm(Declared):
    """A channel: where its messages go, how they find their conversation, what it can do."""

    layout: ClassVar[tuple[Section, ...]] = (
        Section("", ("webhook_url", "threading")),
        Section("Texts", ("text_limit", "text_unit", "splits", "rich_text", "rich_text_format", "buttons", "button_limit")),
        Section("Files", ("attachments", "attachment_types", "max_attachment_bytes", "max_attachments")),
        Section("What it shows and reports", ("typing", "marks_read", "receipts")),
        Section("When one may write", ("window_hours", "starts", "messages_per_second")),
    )
    webhook_url: Annotated[
        str,
        Field(
            title="Webhook",
            description="Where messages to customers are posted, signed. Empty: messages come in, nothing goes out.",
            max_length=2000,
        ),
    ] = ""
    threading: Annotated[
        Threading,
        Field(
            title="Messages find their conversation",
            description="Delivery identifier: one lasting conversation for each customer. Integration thread id: by the "
            "channel's own thread id. It cannot be changed later.",
        ),
    ] = Threading.DELIVERY_IDENTIFIER


class AccountForm(DeliveryIdentifier):
    """One account of a channel."""

    layout: ClassVar[tuple[Section, ...]] = (Section("", ("value", "type")),)
    value: Annotated[
        str,
        Field(
            title="Address",
            description="The account's own address on the channel, as customers know it.",
            min_length=1,
            max_length=300,
        ),
    ]


class Registrations:
    """The port :class:`firstline.channels.registering.Registering`."""

    registration: type[BaseModel] = RegistrationForm
    account_form: type[BaseModel] = AccountForm

    def registrations(self, tx: Tx) -> Sequence[Registration]:
        """All registered channels, oldest first."""
        return [self.registered(tx, one.id) for one in queries.registered(tx)]

    def registered(self, tx: Tx, registration_id: str) -> Registration:
        """One of them."""
        found = queries.which(tx, registration_id)
        connected = tuple(accounts.which(tx, one) for one in queries.account_ids(tx, registration_id))
        return telling.registration(tx, found, connected)

    def register(self, tx: Tx, keyring: Keyring, name: str, values: Mapping[str, Any], by: Actor) -> tuple[str, str]:
        """Register a channel."""
        declared, url, threading = _read(values)
        return commands.register(
            tx, keyring, name=name, capabilities=declared, threading=threading, webhook_url=url, webhook_secret=None, by=by
        )

    def change_registration(
        self, tx: Tx, keyring: Keyring, registration_id: str, name: str, values: Mapping[str, Any], by: Actor
    ) -> None:
        """Change what it declares."""
        declared, url, _threading = _read(values)
        commands.change(tx, keyring, registration_id, name=name, capabilities=declared, webhook_url=url, by=by)

    def rotate(self, tx: Tx, keyring: Keyring, registration_id: str, by: Actor) -> str:
        """A new secret."""
        return commands.rotate(tx, keyring, registration_id, by=by)

    def forget_old(self, tx: Tx, keyring: Keyring, registration_id: str, by: Actor) -> None:
        """Only the present secret counts."""
        commands.forget_old_secrets(tx, keyring, registration_id, by=by)

    def archive(self, tx: Tx, registration_id: str, by: Actor) -> None:
        """Switch it off."""
        commands.archive(tx, registration_id, by=by)

    def add_account(
        self, tx: Tx, keyring: Keyring, registration_id: str, name: str, workspace: str, values: Mapping[str, Any], by: Actor
    ) -> str:
        """Connect an account."""
        given = _checked(AccountForm, values)
        identifier = DeliveryIdentifier(type=given.type, value=given.value.strip())
        return commands.add_account(tx, keyring, registration_id, name=name, workspace=workspace, identifier=identifier, by=by)

    def tell_registration(self, tx: Tx, registration_id: str, before: Mapping[str, str]) -> Told:
        """What became of its messages."""
        return telling.of_channel(tx, registration_id, before)

    def act_on_registration(self, tx: Tx, registration_id: str, deed: str, on: str, by: Actor) -> str:
        """Try a message again."""
        return telling.act(tx, registration_id, deed, on, by)

    def samples(self, base_url: str, registration: Registration) -> Sequence[Sample]:
        """Commands that try it."""
        return telling.samples(base_url, registration)


def _read(values: Mapping[str, Any]) -> tuple[Declared, str, Threading]:
    """A form as its parts; what is left empty takes its default."""
    given = _checked(RegistrationForm, {name: value for name, value in values.items() if value != ""})
    declared = Declared.model_validate(given.model_dump(include=set(Declared.model_fields)))
    return declared, given.webhook_url.strip(), given.threading


def _checked(kind: type[Kind], values: Mapping[str, Any]) -> Kind:
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        title = kind.model_fields[field].title if field in kind.model_fields else field
        raise Invalid(f"{title}: {first['msg']}.", field=field) from None
