"""One delivery of each kind, by the field names of the vendors' documentation, for the fuzzer to break."""

from typing import Any

from tests.channels.messenger import test_parse as page
from tests.channels.whatsapp import payloads as p


def whatsapp() -> list[Any]:
    """One delivery of each kind of WhatsApp's."""
    kinds: list[tuple[str, Any]] = [
        ("image", {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "Look"}),
        ("document", {"id": "1", "filename": "a.pdf", "mime_type": "application/pdf", "url": "https://lookaside.fbsbx.com/x"}),
        ("audio", {"id": "1", "voice": True, "mime_type": "audio/ogg; codecs=opus"}),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "x", "title": "Yes"}}),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "r", "title": "Refund", "description": "d"}}),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}", "body": "Sent", "name": "flow"}}),
        ("button", {"payload": "opt:stop", "text": "Stop"}),
        ("location", {"latitude": 51.3, "longitude": 12.3, "name": "Shop"}),
        ("contacts", [{"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+1"}]}]),
        (
            "order",
            {
                "catalog_id": "1",
                "product_items": [{"product_retailer_id": "1", "quantity": 2, "item_price": 3, "currency": "EUR"}],
            },
        ),
        ("reaction", {"message_id": "wamid.OUT", "emoji": "👍"}),
        ("edit", {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "better"}}}),
        ("revoke", {"original_message_id": "wamid.0"}),
        ("system", {"type": "user_changed_number", "body": "x", "wa_id": "551", "user_id": "BR.2"}),
    ]
    echo = {"from": "49341", "to": p.ANA, "id": "wamid.E", "timestamp": str(p.AT), "type": "text", "text": {"body": "Human"}}
    chunk = {"metadata": {"phase": 0, "chunk_order": 1, "progress": 5}, "threads": [{"id": p.ANA, "messages": [p.text("old")]}]}
    failed = p.status("failed", "wamid.O", errors=[{"code": 131047, "title": "Re-engagement", "error_data": {"details": "x"}}])
    handover = {"messaging_handovers": {"new_owner": {"role": "app"}, "recipient": {"wa_id": p.ANA}, "timestamp": str(p.AT)}}
    return [
        p.messages(p.text("Olá"), p.text("this", "wamid.2", context={"id": "wamid.OUT", "forwarded": True})),
        *(p.messages(p.message(form, content)) for form, content in kinds),
        p.messages(p.message("unsupported", None, errors=[{"code": 131051}], unsupported={"type": "poll"})),
        p.statuses(p.status("sent", "wamid.O", biz_opaque_callback_data="ent_1"), p.status("read", "wamid.O"), failed),
        p.envelope(("smb_message_echoes", p.value(message_echoes=[echo]))),
        p.envelope(("history", p.value(history=[chunk]))),
        p.envelope(("standby", p.value(messages=[p.text("Hi")]))),
        p.envelope(("messaging_handovers", p.value(**handover))),
        p.envelope(("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}})),
        p.envelope(("message_template_status_update", {"event": "APPROVED", "message_template_name": "a"})),
        p.envelope(("phone_number_quality_update", {"display_phone_number": "1", "event": "FLAGGED"})),
        p.envelope(("calls", p.value(calls=[{"id": "wacid.1", "from": p.ANA, "event": "connect", "timestamp": str(p.AT)}]))),
    ]


def messenger() -> list[Any]:
    """One delivery of each kind of Messenger's and Instagram's."""
    files = [
        {"type": "image", "payload": {"url": "https://x.example/x.jpg", "sticker_id": 1}},
        {"type": "fallback", "title": "x"},
    ]
    events: list[dict[str, Any]] = [
        {
            "message": {
                "mid": "m1",
                "text": "Hi",
                "quick_reply": {"payload": "x"},
                "reply_to": {"mid": "m0"},
            }
        },
        {"message": {"mid": "m2", "attachments": files, "nlp": {}, "referral": {"ref": "r"}}},
        {"message": {"mid": "m3", "is_deleted": True}},
        {"message_edit": {"mid": "m", "text": "better", "num_edit": 1}},
        {"postback": {"title": "Start", "payload": "GET_STARTED", "mid": "m4"}},
        {"reaction": {"mid": "mo", "action": "react", "reaction": "love", "emoji": "❤"}},
        {"delivery": {"watermark": page.AT, "mids": ["a", "b"]}},
        {"read": {"watermark": page.AT}},
        {"pass_thread_control": {"previous_owner_app_id": None, "new_owner_app_id": page.APP, "metadata": "x"}},
        {"take_thread_control": {"previous_owner_app_id": page.APP, "new_owner_app_id": "263902037430900"}},
        {"policy_enforcement": {"action": "block", "reason": "spam"}},
        {"optin": {"type": "notification_messages", "payload": "x"}},
    ]
    own = page.event(own=True, message={"mid": "mo", "is_echo": True, "app_id": 5, "metadata": "ent_1", "text": "Hi"})
    made = [page.envelope(page.event(**content)) for content in events]
    made.append(page.envelope(*(page.event(**content) for content in events)))
    return [*made, page.envelope(own), page.envelope(page.event(**events[0]), key="standby")]


def channel() -> list[Any]:
    """What a custom channel posts."""
    message = {
        "direction": "incoming",
        "idempotency_id": "m-1",
        "sender": {"id": "u1", "name": "Mira", "email": "m@x.example"},
        "thread": "t1",
        "text": "Hi",
        "timestamp": "2026-11-22T09:45:00Z",
        "attachments": [{"url": "https://x.example/a.png", "filename": "a.png"}],
    }
    published = {"type": "message.published", "data": message}
    status = {
        "type": "message.status",
        "data": {"message_id": "ent_1", "status": "failed", "error": "no", "final": True, "code": "7"},
    }
    return [published, status, [published, status]]
