"""Mail servers, once a run."""

import os
import warnings
from collections.abc import Iterator

import pytest

from tests.channels.email import servers
from tests.channels.email.servers import Post


@pytest.fixture(scope="session")
def post_office() -> Iterator[Post]:
    """Dovecot and Postfix, or a loud skip."""
    if servers.MISSING or not servers.ALLOWED:
        why = f"no {' and no '.join(servers.MISSING)}" if servers.MISSING else "not root, so they cannot be started"
        if os.environ.get("FIRSTLINE_TEST_WITHOUT_MAIL") is None and servers.ALLOWED:
            pytest.fail(f"The mail servers of the tests are missing ({why}). As root: apt-get install dovecot-imapd postfix")
        warnings.warn(f"Tests against real mail servers are SKIPPED: {why}", stacklevel=1)
        pytest.skip(why)
    with servers.running() as post:
        yield post


@pytest.fixture
def post(post_office: Post) -> Post:
    """The servers with empty mailboxes."""
    post_office.empty()
    return post_office
