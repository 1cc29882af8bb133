"""Erasing a contact from the command line."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firstline.cli.environment import Data, Failed, Json, parts_of, say, settings_of

if TYPE_CHECKING:
    from firstline.app import Parts
    from firstline.kit.database import Tx


def erase(
    contact: Annotated[str, typer.Argument(help="Id of the contact (con_…), or their email address.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would go and what would stay; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Erase a contact everywhere, and print the report. It cannot be undone."""
    from firstline.erasing import commands, queries
    from firstline.people.rules import Actor

    by = Actor.system()
    with parts_of(settings_of(data)) as parts:
        contact_id = parts.database.run(_found, contact)
        plan = queries.as_document(parts.database.run(queries.preview, contact_id, by))
        if dry_run:
            _print(plan, as_json)
            return
        if not yes:
            if not sys.stdin.isatty():
                raise Failed("Nothing was erased: there is nobody to ask. Say --yes to erase without being asked.")
            for line in _lines(plan):
                say(line)
            if typer.prompt("Type the id of the contact to erase it", err=True, default="", show_default=False) != contact_id:
                raise Failed("Nothing was erased: that is not the id.")
        asked = parts.database.run(commands.erase, contact_id, by)
        asyncio.run(_carried_out(parts, asked))
        _print(queries.as_document(parts.database.run(queries.report, asked, by)), as_json)


async def _carried_out(parts: "Parts", erasure_id: str) -> None:
    """The worker's job, here and now; if a worker is at it too, they share the work."""
    from firstline.erasing.commands import JOB

    await parts.jobs.names[JOB](erasure_id=erasure_id)


def _found(tx: "Tx", given: str) -> str:
    """:raises Failed: if there is no such contact, or several."""
    from firstline.erasing.finding import of_address

    if "@" not in given:
        return given
    ids = of_address(tx, given)
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise Failed(f"No contact has the address {given}.")
    raise Failed(f"{len(ids)} contacts have the address {given}: {', '.join(ids)}. Name one of them by its id.")


def _print(document: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2) if as_json else "\n".join(_lines(document)))


def _lines(document: dict[str, Any]) -> list[str]:
    """The report for a person to read."""
    would = document["state"] == "preview"
    head = "Would be removed" if would else f"Erasure {document['id']} of {document['contact_id']}: {document['state']}. Removed"
    files = document["files"]
    lines = [f"{head}:", *(f"  {one['rows']:>8,}  {one['what']}" for one in document["removed"])]
    lines += [f"  {files['count']:>8,}  Contents of files ({files['bytes']:,} bytes)"] if files["count"] else []
    if document["stays"]:
        lines += ["Stays:", *(f"  {one['rows']:>8,}  {one['what']}. {one['why']}" for one in document["stays"])]
    if document["named_elsewhere"]:
        lines += ["Still named in:"]
        lines += [f"  {one['rows']:>8,}  {one['what']}. {one['advice']}" for one in document["named_elsewhere"]]
    return [*lines, *document["notes"]]
