"""Webhooks as Meta describes them, built from the field names of its documentation; none was recorded from a live number."""

import json
from collections.abc import Mapping
from typing import Any

from firstline.channels.base import Account, RawRequest
from firstline.channels.graph.signing import signature

NUMBER, WABA, SECRET, TOKEN, VERIFY = "106540352242922", "102290129340398", "app-secret-1", "EAAG-token", "velo-verify"
ANA, ANA_ID, ANA_PARENT = "5511999990000", "BR.1A2B3C", "BR.ENT.9Z"
AT = 1_795_340_760
"""22 November 2026, 09:46 UTC."""

SETTINGS: Mapping[str, Any] = {"phone_number_id": NUMBER, "waba_id": WABA, "display_number": "+49 341 5550100"}
SECRETS: Mapping[str, str] = {"access_token": TOKEN, "app_secret": SECRET, "verify_token": VERIFY}


def account(**settings: Any) -> Account:
    """An account that is in no database."""
    return Account("cha_wa", "whatsapp", "WhatsApp", "inbox", {**SETTINGS, **settings}, SECRETS)


def message(form: str, content: Any, id: str = "wamid.1", *, at: Any = str(AT), **more: Any) -> dict[str, Any]:
    """A message of Ana's."""
    held = {} if content is None else {form: content}
    return {"from": ANA, "from_user_id": ANA_ID, "id": id, "timestamp": at, "type": form, **held, **more}


def text(body: str, id: str = "wamid.1", **more: Any) -> dict[str, Any]:
    return message("text", {"body": body}, id, **more)


def status(state: str, id: str, at: int = AT + 60, **more: Any) -> dict[str, Any]:
    return {"id": id, "status": state, "timestamp": str(at), "recipient_id": ANA, **more}


def contact(**more: Any) -> dict[str, Any]:
    return {"profile": {"name": "Ana"}, "wa_id": ANA, "user_id": ANA_ID, **more}


def value(**more: Any) -> dict[str, Any]:
    """The value of a change of our number."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "493415550100", "phone_number_id": NUMBER},
        **more,
    }


def envelope(*changes: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA, "time": AT, "changes": [{"field": field, "value": held} for field, held in changes]}],
    }


def messages(*said: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A delivery of messages."""
    return envelope(("messages", value(contacts=[contact()], messages=list(said), **more)))


def statuses(*told: Mapping[str, Any]) -> dict[str, Any]:
    return envelope(("messages", value(statuses=list(told))))


def request(body: Any, secret: str = SECRET) -> RawRequest:
    """A signed delivery, its characters escaped as Meta does it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawRequest(body=raw, headers={"x-hub-signature-256": signature(secret, raw)})
