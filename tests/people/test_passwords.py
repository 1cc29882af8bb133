"""What is kept of a password."""

import subprocess
import sys

import argon2
import pytest


@pytest.mark.promise("PM5")
def test_the_product_hashes_passwords_at_the_cost_that_rfc_9106_recommends() -> None:
    """Asked of a process of its own: within tests hashes are cheap."""
    code = "from firstline.people.passwords import hash_password; print(hash_password('correct horse battery'))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    used = argon2.extract_parameters(said)
    least = argon2.profiles.RFC_9106_LOW_MEMORY
    assert used.type is argon2.Type.ID
    assert (used.memory_cost, used.time_cost) >= (least.memory_cost, least.time_cost)
