"""References written from the code: settings, commands, REST, events, roles and permissions.

``bin/reference`` writes them; ``bin/reference --check`` only says which are out of date.
"""
