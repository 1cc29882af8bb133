"""The words with an OpenID Connect provider: discovery, the way there, and what comes back (authorization code flow with PKCE).

What is checked, and why: ``state`` (the answer belongs to this browser), PKCE (a stolen code is worth nothing), the token's
signature by the provider's published keys with an algorithm it may use (never none, never a shared secret), issuer, audience,
expiry, and ``nonce`` (the token was made for this request). OpenID Connect Core §3.1.3.7, RFC 7636, RFC 9207.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from firstline.kit.errors import Refused, Rejected, Retry, Unauthenticated
from firstline.kit.foreign import decoded
from firstline.kit.outbound import Outbound
from firstline.people.sign_on import Claims, Provider

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60
"""Seconds that the clocks of two machines may differ."""
MOST = 1_000_000


class ProviderFailed(Refused):
    """The provider cannot be used; the message is for whoever manages single sign-on."""

    status = 502


@dataclass(frozen=True)
class Endpoints:
    """What discovery tells."""

    authorization: str
    token: str
    keys: str
    userinfo: str = ""
    basic: bool = True


@dataclass(frozen=True)
class Trip:
    """What has to be remembered while somebody is at the provider's page."""

    state: str
    nonce: str
    verifier: str
    back: str

    @classmethod
    def begin(cls, back: str) -> "Trip":
        """A new one."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), back)


class Conversation:
    """One provider, over a guarded client."""

    def __init__(self, provider: Provider, outbound: Callable[[], Outbound]) -> None:
        self.provider = provider
        self._outbound = outbound

    async def discover(self) -> Endpoints:
        """The provider's endpoints.

        :raises ProviderFailed: if it does not answer, or speaks for another issuer.
        """
        told = await self._get(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != self.provider.issuer:
            raise ProviderFailed(
                f"The provider calls itself “{str(told.get('issuer'))[:100]}”. Enter exactly that as the issuer."
            )
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Endpoints(
            authorization=self._endpoint(told, "authorization_endpoint"),
            token=self._endpoint(told, "token_endpoint"),
            keys=self._endpoint(told, "jwks_uri"),
            userinfo=self._endpoint(told, "userinfo_endpoint") if told.get("userinfo_endpoint") else "",
            basic="client_secret_basic" in methods,
        )

    def _endpoint(self, told: Mapping[str, Any], name: str) -> str:
        url = told.get(name)
        scheme = urlsplit(url).scheme if isinstance(url, str) else ""
        if not isinstance(url, str) or (scheme != "https" and scheme != urlsplit(self.provider.issuer).scheme):
            raise ProviderFailed(f"The provider names no safe {name}.")
        return url

    async def way_there(self, trip: Trip, redirect_uri: str) -> str:
        """The address of the provider's page."""
        endpoints = await self.discover()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(trip.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return endpoints.authorization + ("&" if "?" in endpoints.authorization else "?") + urlencode(asked)

    async def come_back(self, trip: Trip, answer: Mapping[str, str], redirect_uri: str, now: datetime) -> Claims:
        """Who it is, from the query that the provider sent the browser back with.

        :raises Unauthenticated: if anything does not fit.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), trip.state.encode()):
            raise Unauthenticated("This sign-in was not begun in this browser. Begin again.")
        if "iss" in answer and answer["iss"] != self.provider.issuer:
            raise Unauthenticated("The answer came from another provider. Begin again.")
        if "error" in answer or not answer.get("code"):
            said = answer.get("error_description") or answer.get("error") or "no code"
            raise Unauthenticated(f"{self.provider.label} did not let you in: {said[:200]}")
        endpoints = await self.discover()
        tokens = await self._exchange(endpoints, trip, answer["code"], redirect_uri)
        claims = self._checked(str(tokens.get("id_token", "")), await self._get(endpoints.keys), trip.nonce, now)
        if not claims.get("email") and endpoints.userinfo:
            headers = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            more = await self._get(endpoints.userinfo, headers)
            if more.get("sub") != claims["sub"]:
                raise Unauthenticated("The provider told of somebody else. Begin again.")
            claims = {**more, **claims}
        return Claims(
            issuer=self.provider.issuer,
            subject=str(claims["sub"]),
            email=str(claims.get("email") or ""),
            email_verified=claims.get("email_verified") in (True, "true"),
            name=str(claims.get("name") or claims.get("preferred_username") or "")[:120],
        )

    async def _exchange(self, endpoints: Endpoints, trip: Trip, code: str, redirect_uri: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": trip.verifier}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if endpoints.basic and self.provider.client_secret:
            pair = f"{quote(self.provider.client_id, safe='')}:{quote(self.provider.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self.provider.client_id}
            form |= {"client_secret": self.provider.client_secret} if self.provider.client_secret else {}
        status, told = await self._ask("POST", endpoints.token, headers, urlencode(form).encode())
        if status != 200:
            raise Unauthenticated(f"{self.provider.label} refused the code ({told.get('error') or status}). Begin again.")
        return told

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token, if everything about it is right."""
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]
            registry = jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self.provider.issuer},
                aud={"essential": True, "value": self.provider.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError) as problem:
            raise Unauthenticated(f"The token of {self.provider.label} is not right: {problem}") from problem
        claims: dict[str, Any] = decoded.claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.provider.client_id:
            raise Unauthenticated(f"The token of {self.provider.label} was made for another application.")
        return claims

    async def _get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        status, told = await self._ask("GET", url, headers or {})
        if status != 200:
            raise ProviderFailed(f"{url} answered {status}.")
        return told

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with self._outbound() as outbound:
                answer = await outbound.request(method, url, headers=headers, content=content, most=MOST, seconds=10)
        except (Rejected, Retry) as problem:
            raise ProviderFailed(f"{self.provider.label} cannot be reached: {problem}") from problem
        try:
            told = decoded(answer.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ProviderFailed(f"{url} answered {answer.status} with something that is no JSON object.")
        return answer.status, told
