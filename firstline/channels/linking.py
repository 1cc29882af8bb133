"""Links to files for channels that cannot carry them: signed, for one file, for a limited time."""

from dataclasses import dataclass
from urllib.parse import quote

from firstline.conversations.attaching import File
from firstline.conversations.rules import Attachment
from firstline.kit.secrets import Keyring

PURPOSE = "attachment link"
DAYS = 30
PATH = "/files/"


@dataclass(frozen=True)
class Links:
    """Makes and reads them."""

    keyring: Keyring
    base_url: str

    def to(self, file: File) -> str:
        """The address a customer opens."""
        return self._address(file.id, file.name)

    def for_file(self, file: Attachment) -> str:
        """The same for a file of an outgoing message."""
        return self._address(file.ref, file.name)

    def _address(self, file_id: str, name: str) -> str:
        return f"{self.base_url}{PATH}{self.keyring.sign(PURPOSE, file_id)}/{quote(name or 'file')}"

    def read(self, token: str) -> str:
        """The file a link leads to.

        :raises firstline.kit.errors.Unauthenticated: if it is forged or too old.
        """
        return str(self.keyring.read(PURPOSE, token, max_age=DAYS * 86_400))
