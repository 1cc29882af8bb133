"""A sender of the webhooks of mail providers: Mailgun, Postmark, SendGrid and Amazon SES, each in its own form and with its own
signature.
"""
