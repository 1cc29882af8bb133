"""A small OpenID Connect provider in a process of its own, which can be told to misbehave: ``python -m tests.people.provider``.

It prints its address, lets in whoever it was told to be, and checks client, code, redirect address and PKCE as a real one does.
"""

import base64
import contextlib
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "firstline", "s3cret/with:signs"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
STRANGE = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
SANE: dict[str, Any] = {
    "sub": "u-1",
    "email": "lea@veloria.example",
    "email_verified": True,
    "name": "Lea Klein",
    "fault": "",
    "claims": {},
    "now": None,
}
behaviour = dict(SANE)
codes: dict[str, dict[str, str]] = {}


class Provider(BaseHTTPRequestHandler):
    """The endpoints."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['host']}"

    def _json(self, body: Any, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/.well-known/openid-configuration":
            base = self.issuer
            issuer = "https://other.example" if behaviour["fault"] == "other issuer" else base
            self._json(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{base}/authorize",
                    "token_endpoint": f"{base}/token",
                    "jwks_uri": f"{base}/keys",
                    "userinfo_endpoint": f"{base}/userinfo",
                }
            )
        elif path == "/authorize":
            asked = {name: values[0] for name, values in query.items()}
            code = secrets.token_urlsafe(12)
            codes[code] = asked
            answer = {"code": code, "state": asked["state"], "iss": self.issuer}
            if behaviour["fault"] == "denied":
                answer = {"error": "access_denied", "error_description": "You are not assigned", "state": asked["state"]}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
            self.end_headers()
        elif path == "/keys":
            self._json({"keys": [KEY.as_dict(private=False)]})
        elif path == "/userinfo":
            sub = "u-other" if behaviour["fault"] == "other userinfo" else behaviour["sub"]
            self._json({"sub": sub, "email": behaviour["email"], "email_verified": behaviour["email_verified"]})
        else:
            self._json({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if urlsplit(self.path).path == "/behave":
            behaviour.clear()
            behaviour.update(SANE | json.loads(body))
            self._json({})
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = codes.pop(form.get("code", ""), None)
        user, _, password = base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ")).decode().partition(":")
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        )
        if (unquote(user), unquote(password)) != (CLIENT, SECRET):
            self._json({"error": "invalid_client"}, 401)
        elif asked is None or asked["redirect_uri"] != form.get("redirect_uri") or asked["code_challenge"] != challenge:
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json({"access_token": "at", "token_type": "Bearer", "id_token": self._token(asked["nonce"])})

    def _token(self, nonce: str) -> str:
        now = int(behaviour["now"] or time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": behaviour["sub"], "iat": now, "exp": now + 300, "nonce": nonce}
        claims["name"] = behaviour["name"]
        if behaviour["fault"] not in ("no email", "other userinfo"):
            claims |= {"email": behaviour["email"], "email_verified": behaviour["email_verified"]}
        claims |= behaviour["claims"]
        if behaviour["fault"] == "shared secret":
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key("x" * 32))
        if behaviour["fault"] == "no signature":
            parts = [json.dumps({"alg": "none", "kid": "one"}), json.dumps(claims)]
            return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, STRANGE if behaviour["fault"] == "strange key" else KEY)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The provider in a process of its own while the block lasts; its address."""
    process = subprocess.Popen([sys.executable, "-m", "tests.people.provider"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
    process.stdout.close()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201 the tests read it
    server.serve_forever()
