"""The retail tools of tau2-bench as a small HTTP server, in a process of its own: python shop.py DB.json, prints its port.

``POST /TASK/TOOL`` with a JSON object calls a tool on the state of that task; ``GET /TASK`` gives the state's hash.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tau2.domains.retail.data_model import RetailDB  # type: ignore[import-not-found]
from tau2.domains.retail.tools import RetailTools  # type: ignore[import-not-found]

START = RetailDB.load(sys.argv[1])
STATES: dict[str, Any] = {}


def tools_of(task: str) -> Any:
    """The tools of one task, over a state of its own."""
    if task not in STATES:
        STATES[task] = RetailTools(START.model_copy(deep=True))
    return STATES[task]


class Handler(BaseHTTPRequestHandler):
    """The shop's interface."""

    def do_GET(self) -> None:
        """The hash of a state."""
        self._say(200, {"hash": tools_of(self.path.strip("/")).db.get_hash()})

    def do_POST(self) -> None:
        """A call."""
        _, task, tool = self.path.split("/")
        given = json.loads(self.rfile.read(int(self.headers["content-length"])))
        try:
            self._say(200, {"result": str(tools_of(task).use_tool(tool, **given))})
        except Exception as error:
            self._say(400, {"error": str(error)})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
