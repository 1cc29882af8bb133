"""The webhooks of mail providers: each checks that a delivery is the provider's, and makes a mail of it. Pure."""
