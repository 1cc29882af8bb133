"""The command line: stand-ins for other companies' systems."""

import time
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer

SECRET = "simulated-secret"  # noqa: S105 everybody may know it: it guards nothing
FETCHED_WITHIN = 30.0
"""Seconds within which a mail in the simulated S3 is fetched."""
simulate = typer.Typer(help="Stand-ins for other companies' systems, to try channels without an account.", no_args_is_help=True)


@simulate.command("meta")
def simulate_meta(
    target: Annotated[str, typer.Option(help="Address of Firstline, where webhooks go.")] = "http://localhost:8000",
    port: Annotated[int, typer.Option(help="Port of the simulator.")] = 8090,
    api_key: Annotated[
        str, typer.Option(help="API key of Firstline; with it, a WhatsApp number, a page and an Instagram account are connected.")
    ] = "",
    app_secret: Annotated[str, typer.Option(help="Signs the webhooks.")] = SECRET,
    whatsapp_account: Annotated[str, typer.Option(help="ID of the channel account of the WhatsApp number.")] = "",
    messenger_account: Annotated[str, typer.Option(help="ID of the channel account of the page.")] = "",
    instagram_account: Annotated[str, typer.Option(help="ID of the channel account of the Instagram account.")] = "",
    duplicates: Annotated[float, typer.Option(help="Share of webhooks that come twice.")] = 0.0,
    flaky: Annotated[float, typer.Option(help="Share of sends that fail with a 5xx.")] = 0.0,
    shuffled: Annotated[bool, typer.Option(help="Webhooks overtake each other.")] = False,
) -> None:
    """A Graph API in memory, a sender of webhooks, and a page to write as the customer.

    Meta has no local server: this one behaves as Meta's documentation says.
    """
    import asyncio

    import uvicorn

    from firstline.simulators.meta.app import simulated_meta
    from firstline.simulators.meta.connecting import connect
    from firstline.simulators.meta.world import Settings

    settings = Settings(
        target=target.rstrip("/"),
        whatsapp_account=whatsapp_account,
        messenger_account=messenger_account,
        instagram_account=instagram_account,
        app_secret=app_secret,
        duplicates=duplicates,
        flaky=flaky,
        shuffled=shuffled,
        first=int(time.time()),
    )
    own = f"http://127.0.0.1:{port}"
    if api_key:
        for name, account in asyncio.run(connect(settings, api_key, own)).items():
            print(f"Connected {name}: {account}")
    print(f"Write as the customer at {own}/  ·  address of the API for the account's settings: {own}")
    print(f"Access token {settings.token}  ·  app secret {settings.app_secret}  ·  verify token {settings.verify_token}")
    uvicorn.run(simulated_meta(settings), host="127.0.0.1", port=port, log_level="warning")


@simulate.command("mail-providers")
def simulate_mail_providers(
    account: Annotated[str, typer.Option(help="ID of the email account that takes webhooks.")],
    secret: Annotated[str, typer.Option(help="The account's webhook secret; at Mailgun the signing key.")],
    to: Annotated[str, typer.Option(help="The mailbox's address.")],
    provider: Annotated[str, typer.Option(help="mailgun, mailgun-fields, postmark or sendgrid.")] = "mailgun",
    sender: Annotated[str, typer.Option(help="Who writes.")] = "Mira Kern <mira@customer.example>",
    subject: Annotated[str, typer.Option(help="Subject of the mail.")] = "A question",
    text: Annotated[str, typer.Option(help="Text of the mail.")] = "How long can I return a bike?",
    target: Annotated[str, typer.Option(help="Address of Firstline.")] = "http://localhost:8000",
    times: Annotated[int, typer.Option(help="How often the same webhook is delivered.", min=1, max=100)] = 1,
) -> None:
    """Deliver a mail as a provider does: in its form, signed its way, again until it is taken."""
    from firstline.simulators.mail.forms import PROVIDERS, written
    from firstline.simulators.mail.posting import deliver

    if provider not in PROVIDERS:
        raise typer.BadParameter(f"There is no provider “{provider}”. Choose one of {', '.join(PROVIDERS)}.")
    delivery = PROVIDERS[provider](written(sender, to, subject, text), secret)
    for _ in range(times):
        status = deliver(f"{target.rstrip('/')}/hooks/email/{account}/{provider.partition('-')[0]}", delivery)
        print(f"Firstline answered {status}.")
        if status != 200:
            raise typer.Exit(1)


@simulate.command("amazon-ses")
def simulate_amazon_ses(
    account: Annotated[str, typer.Option(help="ID of the email account that takes webhooks.")],
    to: Annotated[str, typer.Option(help="The mailbox's address.")],
    keys: Annotated[Path, typer.Option(help="Folder for the simulated topic's key; made the first time.")] = Path(
        "sns-simulator"
    ),
    sender: Annotated[str, typer.Option(help="Who writes.")] = "Mira Kern <mira@customer.example>",
    subject: Annotated[str, typer.Option(help="Subject of the mail.")] = "A question",
    text: Annotated[str, typer.Option(help="Text of the mail.")] = "How long can I return a bike?",
    target: Annotated[str, typer.Option(help="Address of Firstline.")] = "http://localhost:8000",
    confirm: Annotated[bool, typer.Option("--confirm", help="Ask for the subscription first, as a new topic does.")] = False,
    in_s3: Annotated[
        bool,
        typer.Option("--in-s3", help="Put the mail into a simulated S3, say where it lies, and wait until it is fetched."),
    ] = False,
    s3_port: Annotated[int, typer.Option(help="Port of the simulated S3.")] = 8092,
    times: Annotated[int, typer.Option(help="How often the same notification is delivered.", min=1, max=100)] = 1,
) -> None:
    """Deliver a mail as Amazon SES does: in an envelope of SNS, signed with a certificate that the account has to name."""
    import contextlib
    import secrets

    from firstline.simulators.mail import s3
    from firstline.simulators.mail.forms import written
    from firstline.simulators.mail.posting import deliver, visited
    from firstline.simulators.mail.sns import Stand, confirmation, notification

    new = not keys.exists()
    stand = Stand.at(keys)
    if new:
        print(
            f"Enter in the account's settings: topic {stand.topic}, and as certificate of a simulated topic:\n{stand.certificate}"
        )
        print(
            f"For mails in S3: access key id {s3.ACCESS_KEY}, secret access key {s3.SECRET}, bucket {s3.BUCKET}, "
            f"S3 address http://127.0.0.1:{s3_port}"
        )
        return
    url = f"{target.rstrip('/')}/hooks/email/{account}/ses"
    if confirm:
        with visited() as (link, seen):
            status = deliver(url, confirmation(stand, link))
            print(f"Firstline answered {status}, and {'confirmed' if seen() else 'did not confirm'} the subscription.")
    raw = written(sender, to, subject, text)
    name = secrets.token_hex(20) if in_s3 else None
    delivery = notification(raw, stand, in_s3=name, bucket=s3.BUCKET)
    with s3.serving(s3_port) if in_s3 else contextlib.nullcontext(s3.Store()) as store:
        store.objects[f"{s3.BUCKET}/{name}"] = raw
        for _ in range(times):
            status = deliver(url, delivery)
            print(f"Firstline answered {status}.")
            if status != HTTPStatus.OK:
                raise typer.Exit(1)
        if in_s3 and not store.came.wait(FETCHED_WITHIN):
            print("Firstline did not fetch the mail. Its dead letters say why.")
            raise typer.Exit(1)
        if in_s3:
            print("Firstline fetched the mail.")
