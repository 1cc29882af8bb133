"""A sender of the webhooks of mail providers: Mailgun, Postmark and SendGrid, each in its own form and with its own signature.

Amazon SES is left out: its signatures count only with a certificate that lies at Amazon's own address.
"""
