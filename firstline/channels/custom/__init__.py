"""Custom channels: an API by which anybody connects a channel of their own."""
