"""What the pages point to is there, and what they name exists."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main
from typer.core import TyperGroup

from firstline.cli import app as cli
from firstline.settings import Settings
from tests.docs.pages import ROOT, anchors, links, pages

PAGES = pages()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
_VARIABLE = re.compile(r"\bFIRSTLINE_[A-Z][A-Z_]+\b")
_SCRIPT = re.compile(r"\bbin/[a-z-]+\b")
_COMMAND = re.compile(r"(?:`|^|/)firstline (api-key [a-z]+|[a-z-]+)", re.MULTILINE)
_OF_TESTS = {"FIRSTLINE_TEST_DATABASE_URL"}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in links(page) if "://" not in link and not link.startswith("mailto:") and not _leads(page, link)]
    assert not broken


def _leads(page: Path, link: str) -> bool:
    name, _, anchor = unquote(link).partition("#")
    target = (page.parent / name).resolve() if name else page
    return target.is_relative_to(ROOT) and target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {f"FIRSTLINE_{name.upper()}" for name in Settings.model_fields} | _OF_TESTS
    assert set(_VARIABLE.findall(page.read_text("utf-8"))) <= known


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_script_that_is_named_exists(page: Path) -> None:
    named = set(_SCRIPT.findall(page.read_text("utf-8"))) - {"bin/sh", "bin/activate", "bin/pytest", "bin/python"}
    assert not [name for name in sorted(named) if not (ROOT / name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_is_named_exists(page: Path) -> None:
    assert set(_COMMAND.findall(page.read_text("utf-8"))) <= _commands()


def _commands() -> set[str]:
    root = typer.main.get_command(cli)
    assert isinstance(root, TyperGroup)
    known = set(root.commands)
    for name, one in root.commands.items():
        if isinstance(one, TyperGroup):
            known |= {f"{name} {below}" for below in one.commands}
    return known


def test_no_page_names_a_machine_or_a_folder_of_its_writer() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(work|tmp|root|home)/", page.read_text("utf-8")), page


def test_every_page_of_the_documentation_stands_in_its_index() -> None:
    index, decisions = ROOT / "docs" / "index.md", ROOT / "docs" / "decisions" / "README.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    assert [page.name for page in PAGES if page.is_relative_to(index.parent / "how-to") and page not in listed] == []
    assert [page.name for page in PAGES if page.is_relative_to(index.parent / "explanation") and page not in listed] == []
    assert [page.name for page in PAGES if page.is_relative_to(index.parent / "reference") and page not in listed] == []
    numbered = [link for link in links(decisions) if re.match(r"\d{4}-", link)]
    assert numbered == sorted(page.name for page in decisions.parent.glob("[0-9]*.md"))
