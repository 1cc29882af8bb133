"""XML: the text of its elements; feeds and lists of records become entries."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree  # type: ignore[import-untyped]
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from firstline.knowledge.document import Page, blocks_of
from firstline.knowledge.reading import records
from firstline.knowledge.reading.formats import Limits, Unreadable


def read_xml(body: bytes, name: str, limits: Limits) -> list[Page]:
    """An XML file, without entities and without anything it points to."""
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=False)
    except DefusedXmlException:
        raise Unreadable(
            "The XML file defines entities, which can be an attack.", "Remove the DOCTYPE and add it again."
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"This is not valid XML: {error}.", "Correct the file and add it again.") from None
    groups: dict[str, list[Any]] = {}
    for element in root.iter():
        if len(element):
            groups.setdefault(_name(element), []).append({_name(child): "".join(child.itertext()).strip() for child in element})
    for found in groups.values():
        if records.are_entries({field for record in found[:20] for field in record}) and len(found) > 1:
            pages = records.entries(found, limits)
            if pages:
                return pages
    return [Page("", name, blocks_of("\n\n".join(_lines(root)), marked=False))]


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _lines(element: Any) -> Iterator[str]:
    text = (element.text or "").strip()
    if text:
        yield f"{_name(element)}: {text}" if not len(element) else text
    for child in element:
        yield from _lines(child)
        if (child.tail or "").strip():
            yield child.tail.strip()
