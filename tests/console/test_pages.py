"""Every page of the menu: it is there, it is safe, and it is only for those who may."""

import re

import pytest
from fastapi.testclient import TestClient
from selectolax.lexbor import LexborHTMLParser

from firstline.agent import commands as agents
from firstline.console.menu import PLACES
from firstline.console.words import _
from firstline.people import commands as people
from firstline.people.rules import Actor
from tests.console.office import Office

PAGES = [item.href for place in PLACES for group in place.groups for item in group.items]
PANELS = [
    "/customer-agent/channels/deploy",
    "/customer-agent/knowledge/add/site",
    "/customer-agent/knowledge/add/url",
    "/customer-agent/knowledge/add/file",
    "/customer-agent/knowledge/add/text",
    "/customer-agent/short-answers/new",
    "/customer-agent/model/new",
    "/customer-agent/guidelines/new",
    "/customer-agent/guidelines/history",
    "/customer-agent/guidelines?message=Hello",
    "/settings/usage/models",
    "/settings/people/teammates/new",
    "/settings/people/teams/new",
    "/settings/people/invitations/new",
    "/settings/people/seats",
    "/settings/roles/new",
    "/settings/roles/manager",
    "/settings/security/sign-on",
    "/settings/profile/second-factor",
    "/settings/usage/settings",
    "/settings/usage/grant",
    "/settings/channel-accounts/connect/live_chat",
    "/settings/api-keys/new",
]
ALL = [
    "/contacts",
    "/inbox/mine",
    "/inbox/unassigned",
    "/inbox/agent",
    "/inbox/all",
    "/inbox/closed",
    "/patterns",
    *PAGES,
    *PANELS,
]


@pytest.fixture
def client(office: Office) -> TestClient:
    """The owner's browser."""
    return office.client(office.shop.ines)


@pytest.mark.parametrize("page", ALL)
def test_every_page_opens_and_needs_neither_inline_scripts_nor_styles(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    tree = LexborHTMLParser(answer.text)
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name == "style" or name.startswith("on")], node.html
    assert all(script.attributes.get("src") for script in tree.css("script"))
    assert not tree.css("style")


@pytest.mark.parametrize("page", ALL)
def test_every_page_has_one_heading_a_title_a_main_and_names_for_its_controls(client: TestClient, page: str) -> None:
    tree = LexborHTMLParser(client.get(page).text)
    assert len(tree.css("h1")) == 1
    assert len(tree.css("main")) == 1
    assert tree.css_first("title").text().endswith("· Firstline")
    labelled = {label.attributes.get("for") for label in tree.css("label")}
    for control in tree.css("input:not([type=hidden]), select, textarea"):
        named = control.attributes.get("aria-label") or control.attributes.get("id") in labelled
        wrapped = control.parent is not None and control.parent.tag == "label"
        assert named or wrapped, control.html
    for button in tree.css("button, a"):
        assert button.text(strip=True) or button.attributes.get("aria-label") or button.attributes.get("aria-labelledby"), (
            button.html
        )
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "page", ["/customer-agent/channels/dpl_none", "/customer-agent/knowledge/src_none", "/inbox/nowhere", "/inbox/all/cnv_none"]
)
def test_what_is_not_there_is_said_in_a_sentence(client: TestClient, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 404
    assert "There is" in answer.text
    assert "Traceback" not in answer.text


def test_every_link_to_a_file_leads_to_one_that_may_be_kept_for_ever(client: TestClient) -> None:
    html = client.get("/patterns").text
    found = set(re.findall(r'(?:href|src|content)="(/static/[^"#]+)', html))
    assert len(found) > 15
    for path in found - {one for one in found if "vendor" in one}:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["cache-control"], path
    sheet = next(path for path in found if path.endswith(".css"))
    assert "@import" not in client.get(sheet).text


def test_a_file_outside_the_folder_is_not_served(client: TestClient) -> None:
    for path in ("/static/x/../shell.py", "/static/x/%2e%2e/shell.py", "/static/x/js/none.js"):
        assert client.get(path).status_code == 404


CHANGES = [
    ("/customer-agent/identity", {"name": "Bot"}),
    ("/customer-agent/handoff", {"destination": "none", "off_destination": "none"}),
    ("/customer-agent/channels/deploy", {"hours": "all"}),
    ("/customer-agent/knowledge/add/url", {"url": "https://veloria.example"}),
    ("/customer-agent/short-answers/new", {"question": "Q", "answer": "A"}),
    ("/settings/general", {"name": "Other", "timezone": "UTC"}),
    ("/settings/people/teammates/new", {"name": "X", "email": "x@veloria.example", "role": "super_admin"}),
    ("/settings/people/teams/new", {"name": "X"}),
    ("/settings/usage/switch-off", {}),
    ("/settings/usage/grant", {"amount": "5", "reason": "x"}),
    ("/settings/channel-accounts/connect/live_chat", {"name": "X"}),
]


@pytest.mark.promise("PM2")
@pytest.mark.parametrize(("path", "form"), CHANGES)
def test_a_teammate_without_the_permission_is_told_which_is_missing(office: Office, path: str, form: dict[str, str]) -> None:
    answer = office.client(office.shop.samira).post(path, data=form)
    assert answer.status_code == 403
    assert "permission" in answer.text
    assert "super admin" in answer.text


@pytest.mark.promise("PM2")
def test_the_editor_without_a_seat_is_told_that_the_seat_is_missing(office: Office) -> None:
    shop = office.shop
    shop.database.run(people.change_teammate, shop.samira.id, role="agent_editor", seat=False, by=shop.ines)
    answer = office.client(shop.samira).post("/customer-agent/identity", data={"name": "Bot"})
    assert answer.status_code == 403
    assert "an assigned seat" in answer.text
    assert "Customer agent editor" not in answer.text


@pytest.mark.parametrize("who", ["ines", "samira"])
def test_a_removed_teammate_is_out_at_once(office: Office, who: str) -> None:
    shop = office.shop
    actor: Actor = getattr(shop, who)
    client = office.client(actor)
    if who == "samira":
        shop.database.run(people.disable_teammate, actor.id, by=shop.ines)
    assert (client.get("/inbox/all", follow_redirects=False).status_code == 200) is (who == "ines")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("%(agent)s hands over when", "The agent hands over when"),
        ("What %(agent)s thinks with.", "What the agent thinks with."),
        ("One a line. %(agent)s hands over at once.", "One a line. The agent hands over at once."),
        ("Called “%(agent)s” here", "Called “the agent” here"),
    ],
)
def test_an_agent_without_a_name_has_no_capital_within_a_sentence(text: str, shown: str) -> None:
    assert _(text, agent=_("The agent")) == shown
    assert _(text, agent="Velo") == text % {"agent": "Velo"}


def test_before_there_is_an_agent_pages_call_it_the_agent(client: TestClient, office: Office) -> None:
    office.shop.database.run(agents.remove, office.velo, by=office.shop.ines)
    assert "What the agent thinks with." in client.get("/customer-agent/model").text
    assert "%(agent)s" not in client.get("/customer-agent/handoff").text
