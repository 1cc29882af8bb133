"""For every audited command: what to do it with, so that a test can do each and look for its entry in the audit log."""

from tests.permissions import deeds_of_agent, deeds_of_channels, deeds_of_people
from tests.permissions.scene import Deed

DEEDS: dict[str, Deed] = {**deeds_of_agent.DEEDS, **deeds_of_channels.DEEDS, **deeds_of_people.DEEDS}
