"""Delivering a webhook: again while the other side fails, not when it refuses."""

import time

import httpx

from firstline.simulators.mail.forms import Delivery

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


def deliver(url: str, delivery: Delivery) -> int:
    """Post until it is taken or refused; the last status, 0 if nothing answered."""
    status = 0
    with httpx.Client(timeout=30.0, trust_env=False) as client:
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            try:
                status = client.post(url, content=delivery.body, headers=dict(delivery.headers)).status_code
            except httpx.HTTPError:
                continue
            if status < 500:
                return status
    return status
