"""A mail as people want to see it whole: headers, warnings, the HTML cleaned, images under addresses of ours."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from firstline.channels.email.display import for_display, html_of_text, remote_images
from firstline.channels.email.parse import IN_SPAM
from firstline.channels.email.tables import mail
from firstline.channels.originals import Original
from firstline.conversations import attaching
from firstline.conversations.tables import entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.secrets import Keyring

PURPOSE = "mail-image"
SECONDS = 86_400
"""How long the address of an image is good."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def whole(tx: Tx, keyring: Keyring, entry_id: str, *, with_remote: bool) -> Original:
    """The mail behind a message.

    :raises NotFound: if the message is no mail.
    """
    row = tx.row(
        select(entry.c.id, entry.c.data, mail.c.subject, mail.c.whole, mail.c.html)
        .join(mail, (mail.c.channel_account_id == entry.c.channel_account_id) & (mail.c.provider_id == entry.c.provider_id))
        .where(entry.c.id == entry_id)
    )
    if row is None:
        raise NotFound("There is no mail behind this message.")
    facts = row.data.get("mail") or {}
    files = {file.inline_id: file.id for file in attaching.of_entries(tx, [row.id]).get(row.id, ()) if file.inline_id}
    html = for_display(row.html, _address(keyring, files, with_remote)) if row.html else html_of_text(row.whole)
    return Original(
        row.subject,
        str(facts.get("from") or ""),
        tuple(str(one) for one in facts.get("cc") or ()),
        warnings(row.data),
        html,
        len(remote_images(row.html)),
    )


def _address(keyring: Keyring, files: Mapping[str, str], with_remote: bool) -> Callable[[str], str | None]:
    def address(source: str) -> str | None:
        kind, _, name = source.partition(":")
        if kind.lower() == "cid":
            found = files.get(unquote(name).strip("<>"))
            return f"/mail-images/{keyring.sign(PURPOSE, ['file', found])}" if found else None
        if kind.lower() in ("http", "https") and with_remote:
            return f"/mail-images/{keyring.sign(PURPOSE, ['url', source[:2_000]])}"
        return None

    return address


def warnings(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What a person has to know of a mail before they act on it."""
    facts = data.get("mail")
    if not isinstance(facts, Mapping):
        return ()
    said = []
    if facts.get("authentication") == "failed":
        said.append("This mail is not from who it says: its domain's own check (DMARC) failed.")
    if facts.get("spam") and facts.get("not_answered") != IN_SPAM:
        said.append(IN_SPAM)
    if facts.get("stranger"):
        said.append("The sender used a reply address that was made for somebody else.")
    if facts.get("not_answered") and facts.get("authentication") != "failed":
        said.append(f"The agent does not answer. {facts['not_answered']}")
    answer_to = facts.get("answer_to")
    if answer_to and answer_to != facts.get("from"):
        said.append(f"Answers go to {answer_to}.")
    notes = facts.get("notes")
    return (*said, *(str(one) for one in notes)) if isinstance(notes, list) else tuple(said)
