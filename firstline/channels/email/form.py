"""The order in which somebody who connects a mailbox is asked."""

from firstline.channels.layout import Section

LAYOUT = (
    Section("", ("address", "sender_name", "incoming")),
    Section("Mailbox", ("imap_host", "imap_port", "imap_security"), ("incoming", frozenset({"imap"}))),
    Section("Webhook", ("webhook_secret", "topic"), ("incoming", frozenset({"webhook"}))),
    Section(
        "Mails in Amazon S3",
        ("s3_access_key_id", "s3_secret_access_key", "s3_region", "s3_bucket", "s3_endpoint"),
        ("incoming", frozenset({"webhook"})),
        folded=True,
    ),
    Section("Receiver", ("receiver_protocol", "receiver_host", "receiver_port"), ("incoming", frozenset({"receiver"}))),
    Section("Sending", ("smtp_host", "smtp_port", "smtp_security")),
    Section("Sign-in", ("sign_in", "username")),
    Section("", ("password",), ("sign_in", frozenset({"password"}))),
    Section("", ("client_id", "client_secret", "refresh_token"), ("sign_in", frozenset({"google", "microsoft"}))),
    Section("", ("tenant",), ("sign_in", frozenset({"microsoft"}))),
    Section(
        "Answers", ("signature", "reply_to", "handoff_message", "mark_automatic", "hourly_limit", "daily_limit"), folded=True
    ),
    Section("Who writes", ("aliases", "ignored", "staff", "trusted_servers", "check_signatures"), folded=True),
    Section(
        "More about the mailbox",
        (
            "folder",
            "watch_sent",
            "sent_folder",
            "watch_spam",
            "spam_folder",
            "answer_spam",
            "more_folders",
            "mark_seen",
            "poll_seconds",
        ),
        ("incoming", frozenset({"imap"})),
        folded=True,
    ),
    Section(
        "More about the servers",
        (
            "plus_addressing",
            "reply_domain",
            "return_path",
            "smtp_username",
            "smtp_password",
            "token_url",
            "certificate_authority",
            "topic_certificate",
        ),
        folded=True,
    ),
)
