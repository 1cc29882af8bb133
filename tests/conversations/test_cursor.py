"""A list over REST goes on where it ended (OP4)."""

import pytest

from firstline.people import keys
from tests.people.rest import client_over
from tests.world import Shop


@pytest.mark.promise("OP4")
def test_a_list_goes_on_by_a_cursor_that_is_put_into_the_address_as_it_came(shop: Shop) -> None:
    talks = [shop.hears("Hello", visitor=f"v{number}").conversation_id for number in range(3)]
    _id, key = shop.database.run(keys.create_api_key, "CI", by=shop.ines)
    client = client_over(shop)
    client.headers["Authorization"] = f"Bearer {key}"
    seen, after = [], ""
    for _ in range(4):
        page = client.get(f"/api/v1/conversations?view=all&limit=1{after}").json()
        seen += [one["id"] for one in page["items"]]
        after = f"&cursor={page['next']}"
        if page["next"] is None:
            break
    assert sorted(seen) == sorted(talks)
    for wrong in ("x", "2026-11-27~cnv_1", "~", "2026-11-27T18:50:29.898358 00:00~cnv_1"):
        refused = client.get(f"/api/v1/conversations?view=all&cursor={wrong}")
        assert (refused.status_code, refused.json()["field"]) == (422, "cursor")
