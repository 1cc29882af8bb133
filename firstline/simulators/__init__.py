"""Stand-ins for other companies' systems, to try channels without an account and to test against.

They behave as the vendors' documentation says, and nothing more is promised: Meta offers no local server, so nobody can compare.
"""
