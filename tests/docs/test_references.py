"""The generated references say what the code says."""

import json
import re

import pytest

from docs.generate.__main__ import FOLDER, PAGES, main, outdated
from docs.generate.markdown import GENERATED
from docs.generate.rest import openapi


def test_no_reference_is_out_of_date() -> None:
    names = [path.name for path, _ in outdated()]
    assert not names, f"Run bin/reference; out of date: {', '.join(names)}"


def test_checking_changes_nothing_and_says_so_by_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_every_generated_page_says_that_it_is_generated() -> None:
    for name in PAGES:
        assert GENERATED in (FOLDER / name).read_text("utf-8"), name


def test_everything_that_the_openapi_document_refers_to_is_in_it() -> None:
    document, _ = openapi()
    named = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= document["components"]["schemas"].keys()
    assert '"#/$defs' not in json.dumps(document)
