"""Connecting the simulator's accounts in a running Firstline."""

from typing import Any

import httpx

from firstline.simulators.meta.world import APP, INSTAGRAM, NUMBER, PAGE, WABA, Settings


async def connect(settings: Settings, api_key: str, own: str) -> dict[str, str]:
    """Connect accounts of this Meta in Firstline, by its REST interface; connecting asks nothing of this Meta yet.

    :raises ValueError: if Firstline refuses.
    """
    made = {}
    secrets = {"access_token": settings.token, "app_secret": settings.app_secret, "verify_token": settings.verify_token}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "whatsapp": ("whatsapp", {"phone_number_id": NUMBER, "waba_id": WABA, "display_number": "+49 341 5550100"}),
        "messenger": ("messenger", {"page_id": PAGE, "app_id": APP, "page_name": "Veloria"}),
        "instagram": ("messenger", {"platform": "instagram", "page_id": INSTAGRAM, "instagram_id": INSTAGRAM, "app_id": APP}),
    }
    headers = {"authorization": f"Bearer {api_key}"}
    async with httpx.AsyncClient(base_url=settings.target, headers=headers, trust_env=False) as client:
        for name, (kind, given) in wanted.items():
            account = {"kind": kind, "name": f"Simulated {name}", "settings": {**given, "graph_url": own}, "secrets": secrets}
            answer = await client.post("/api/v1/channel-accounts", json=account)
            if answer.status_code != 201:
                raise ValueError(f"Firstline answered {answer.status_code}: {answer.text[:300]}")
            made[name] = answer.json()["id"]
            setattr(settings, f"{name}_account", made[name])
    return made
