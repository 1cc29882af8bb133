"""The form that connects a mailbox, in a real browser: it asks only for what belongs to the choices that were made (ID4, CH7)."""

import pytest
from playwright.sync_api import expect

from firstline.channels import accounts
from firstline.channels.custom import queries
from firstline.channels.registry import all_channels
from firstline.settings import Settings
from tests.browser.desk import Desk, violations
from tests.console.office import Office
from tests.world import KEYRING


@pytest.fixture
def office(office: Office) -> Office:
    """There are all channels."""
    office.app.state.channels = dict(all_channels(office.shop.database, KEYRING, Settings(public_url="https://desk.example")))
    return office


@pytest.mark.promise("CH7", "ID4")
def test_the_form_of_a_mailbox_follows_what_is_chosen_and_opens_what_was_refused(office: Office, ines: Desk) -> None:
    page = ines.open("/settings/channel-accounts/connect/email")
    panel = page.get_by_role("dialog", name="Connect email")
    server, secret = panel.get_by_label("IMAP server"), panel.get_by_label("Webhook secret")
    tenant, limit = panel.get_by_label("Microsoft tenant"), panel.get_by_label("Automatic answers an hour")
    expect(server).to_be_visible()
    for unasked in (secret, tenant, limit):
        expect(unasked).to_be_hidden()
    panel.get_by_label("How mail comes in").select_option("Webhook")
    expect(secret).to_be_visible()
    expect(server).to_be_hidden()
    panel.get_by_label("Sign-in", exact=True).select_option("Microsoft")
    expect(tenant).to_be_visible()
    expect(panel.get_by_label("Password", exact=True)).to_be_hidden()
    panel.get_by_label("Name", exact=True).fill("Support")
    panel.get_by_label("Address", exact=True).fill("support@veloria.example")
    panel.get_by_text("Answers", exact=True).click()
    limit.fill("1000")
    panel.get_by_role("button", name="Connect").click()
    expect(limit).to_be_visible()
    expect(limit).to_have_attribute("aria-invalid", "true")
    ines.was_refused()
    expect(secret).to_be_visible()
    expect(panel.get_by_label("Further addresses")).to_be_hidden()
    assert violations(page) == []
    limit.fill("5")
    panel.get_by_role("button", name="Connect").click()
    page.wait_for_url("**/settings/channel-accounts/cha_*")
    (account,) = office.shop.database.run(accounts.connected, "email")
    assert (account.settings["incoming"], account.settings["sign_in"], account.settings["hourly_limit"]) == (
        "webhook",
        "microsoft",
        5,
    )


@pytest.mark.promise("CC1")
def test_the_secret_of_a_new_custom_channel_is_there_to_be_copied_and_then_the_channels_page(office: Office, ines: Desk) -> None:
    page = ines.open("/settings/custom-channels")
    page.get_by_role("link", name="Register a channel").first.click()
    panel = page.get_by_role("dialog", name="Register a custom channel")
    panel.get_by_label("Name", exact=True).fill("Telegram")
    panel.get_by_label("Webhook", exact=True).fill("https://bridge.example/")
    panel.get_by_role("button", name="Register").click()
    made = page.get_by_role("dialog", name="Copy the webhook secret now")
    expect(made).to_be_visible()
    (channel,) = office.shop.database.run(queries.registered)
    (secret,) = office.shop.database.run(queries.secrets, KEYRING, channel.id).values()
    expect(made).to_contain_text(secret)
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/settings/custom-channels/{channel.id}")
    expect(page.get_by_role("heading", name="Telegram")).to_be_visible()
    page.get_by_role("button", name="More for Telegram").click()
    page.get_by_role("button", name="New secret").click()
    page.get_by_role("button", name="Make it").click()
    expect(made).to_contain_text("whsec_")
    expect(made).not_to_contain_text(secret)
