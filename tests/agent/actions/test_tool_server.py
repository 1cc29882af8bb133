"""Tools of a real MCP server, over HTTP."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel

from firstline.agent.actions.caller import Caller
from firstline.agent.actions.definition import Definition, Mcp
from firstline.agent.actions.trying import Trying
from firstline.kit.errors import Forbidden, Rejected, Retry
from tests.agent.actions.workshop import Agent
from tests.serving import serving
from tests.world import KEYRING, Shop

seen: list[str] = []
sent: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def nothing_was_called_yet() -> None:
    """The server is for all tests of this module."""
    seen.clear()
    sent.clear()


class Address(BaseModel):
    street: str
    line2: str = ""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    tools = MCPServer("orders")

    @tools.tool()
    def order_status(order: str) -> dict[str, str]:
        """Where an order is."""
        seen.append(order)
        if order == "A-404":
            raise ValueError("no such order")
        return {"status": "sent", "order": order}

    @tools.tool()
    def send(orderId: str, address: Address, tags: list[str] | None = None) -> str:  # noqa: N803 as servers name them
        """Send an order anew."""
        sent.append({"orderId": orderId, "address": address.model_dump(), "tags": tags})
        return "sent"

    with serving(tools.streamable_http_app(), log_level="error") as port:
        yield f"http://127.0.0.1:{port}/mcp"


def action(url: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "order_status",
        "title": "Order status",
        "when": "The customer asks where an order is",
        "inputs": [{"name": "order", "type": "code", "label": "order number"}],
        "does": {"kind": "mcp", "url": url, "tool": "order_status"},
        "results": {"State": "status"},
        "tell": "Order {order} is {State}.",
    } | changes


@pytest.mark.promise("AC1")
def test_a_tool_of_an_mcp_server_is_an_action_like_any_other(shop: Shop, server: str) -> None:
    agent = Agent(shop, action(server))
    conversation = agent.talk("order status of A-7")
    assert agent.said(conversation) == ["Order A-7 is sent."]
    assert seen == ["A-7"]


@pytest.mark.promise("AC1", "AC6")
def test_what_a_tool_server_refuses_or_does_not_answer_is_told_apart(server: str) -> None:
    def call(url: str, order: str, *, allow_private: bool = True, tool: str = "order_status") -> Any:
        definition = Definition.model_validate(action(url, does={"kind": "mcp", "url": url, "tool": tool, "timeout": 5}))
        return asyncio.run(Caller(allow_private=allow_private).call(definition, {"order": order}, {}, "key_1"))

    with pytest.raises(Rejected, match="The tool said no"):
        call(server, "A-404")
    with pytest.raises(Rejected):
        call(server, "A-1", tool="delete_everything")
    with pytest.raises(Rejected, match="no public address"):
        call(server, "A-1", allow_private=False)
    with pytest.raises(Retry):
        call("http://127.0.0.1:9/mcp", "A-1")
    assert "A-1" not in seen


@pytest.mark.promise("AC1", "AC2")
def test_a_tool_with_an_object_is_asked_for_in_plain_words_and_called_as_its_schema_says(shop: Shop, server: str) -> None:
    caller = Caller(allow_private=True)
    trying = Trying(shop.database, KEYRING, caller)
    tools = asyncio.run(trying.tools(Mcp(url=server, tool="any"), {}, by=shop.ines))
    offered = {one.name: one for one in tools}
    assert [(one.name, one.many) for one in offered["send"].inputs] == [
        ("order_id", False), ("address_street", False), ("address_line2", False), ("tags", True),
    ]  # fmt: skip
    inputs = [one.model_dump(mode="json") for one in offered["send"].inputs]
    agent = Agent(shop, action(server, inputs=inputs, results={}, tell="", does={"kind": "mcp", "url": server, "tool": "send"}))
    conversation = agent.talk("order status", "It's A-7", "Main Street 1")
    assert agent.said(conversation)[:2] == ["What is your order id?", "What is your address street?"]
    assert agent.calls()[0].state == "done"
    assert sent == [{"orderId": "A-7", "address": {"street": "Main Street 1", "line2": ""}, "tags": None}]


@pytest.mark.promise("AC1")
def test_only_those_who_edit_the_agent_ask_a_server_for_its_tools(shop: Shop, server: str) -> None:
    trying = Trying(shop.database, KEYRING, Caller(allow_private=True))
    with pytest.raises(Forbidden):
        asyncio.run(trying.tools(Mcp(url=server, tool="any"), {}, by=shop.samira))
    for url, why in ((f"{server}/nowhere", "did not tell its tools"), ("http://127.0.0.1:9/mcp", "did not tell its tools")):
        with pytest.raises(Rejected, match=why):
            asyncio.run(trying.tools(Mcp(url=url, tool="any", timeout=5), {}, by=shop.ines))
    private = Trying(shop.database, KEYRING, Caller(allow_private=False))
    with pytest.raises(Rejected, match="no public address"):
        asyncio.run(private.tools(Mcp(url=server, tool="any"), {}, by=shop.ines))
