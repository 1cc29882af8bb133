"""Settings › Channels › Channel accounts: connecting a website's chat, and what else this installation knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import FormData
from starlette.responses import Response

from firstline.channels import accounts
from firstline.channels.accounts import WORKSPACES
from firstline.channels.api import Keys, channel_of
from firstline.channels.attention import is_broken
from firstline.channels.base import Account, Channel, Hooked
from firstline.channels.checking import Checks
from firstline.channels.registering import Registering
from firstline.channels.trying import send_test
from firstline.console.config_form import sections_of, settings_in
from firstline.console.drawn import channel_icon
from firstline.console.entered import text
from firstline.console.guide import guide
from firstline.console.registrations import HERE as REGISTERED
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.form import BLANK, Form
from firstline.console.view.settings import AccountLine, AccountPanel, AccountsPage
from firstline.console.words import _
from firstline.kit.database import Tx
from firstline.kit.errors import Forbidden, Refused
from firstline.kit.secrets import Keyring
from firstline.people.queries import teammates
from firstline.people.rules import Actor, Permission

router = console_router()
HERE = "/settings/channel-accounts"
Kinds = Mapping[str, Channel]


@dataclass(frozen=True)
class Asked:
    """Which panel is open: for a new account of a kind, or one that is there; after a refusal with what was entered."""

    kind: str = ""
    account_id: str = ""
    entered: FormData | None = None
    refused: Refused | None = None


def accounts_page(tx: Tx, reader: Reader, kinds: Kinds, base_url: str, asked: Asked | None) -> AccountsPage:
    """The table, with the panel over it if one was asked for."""
    panel = None
    if asked is not None:
        account = accounts.which(tx, asked.account_id) if asked.account_id else None
        channel = channel_of(kinds, account.kind if account else asked.kind)
        panel = _panel(tx, channel, account, base_url, asked.entered, asked.refused)
    return AccountsPage(
        lines=tuple(_line(account, kinds) for account in sorted(accounts.connected(tx), key=lambda one: not one.attention)),
        kinds=tuple(
            (key, channel.title, channel_icon(key), REGISTERED if isinstance(_thing(channel), Registering) else "")
            for key, channel in kinds.items()
        ),
        may_change=reader.by.may(Permission.MANAGE_CHANNELS),
        panel=panel,
    )


def _line(account: Account, kinds: Kinds) -> AccountLine:
    channel = kinds.get(account.kind)
    return AccountLine(
        id=account.id,
        name=account.name,
        kind=channel.title if channel else account.kind,
        icon=channel_icon(account.kind),
        address=channel.address(account) if channel else "",
        workspace=WORKSPACES[account.workspace],
        state=_state(account),
        tone="warn" if is_broken(account.attention) else "info" if account.attention else "good",
        attention=(account.attention or {}).get("cause", ""),
        cure=(account.attention or {}).get("cure", ""),
    )


def _state(account: Account) -> str:
    if is_broken(account.attention):
        return _("Needs attention")
    return _("Worth knowing") if account.attention else _("Connected")


def _panel(
    tx: Tx, channel: Channel, account: Account | None, base_url: str, entered: FormData | None, refused: Refused | None
) -> AccountPanel:
    settings = settings_in(channel.config, entered) if entered is not None else account.settings if account else {}
    names = tuple(channel.config.model_fields)
    snippet = ""
    if account is not None and channel.capabilities.live:
        snippet = f'<script src="{base_url}/widget.js" data-account="{account.id}" async></script>'
    name = text(entered, "name") if entered is not None else account.name if account else ""
    attention = account.attention or {} if account else {}
    workspace = text(entered, "workspace") if entered is not None else account.workspace if account else "inbox"
    return AccountPanel(
        id=account.id if account else "",
        kind=channel.kind,
        title=account.name if account else _("Connect %(channel)s", channel=_in_a_sentence(channel.title)),
        action=f"{HERE}/{account.id}" if account else f"{HERE}/connect/{channel.kind}",
        name=name,
        sections=sections_of(channel.config, settings, people(tx)),
        snippet=snippet,
        workspace=workspace,
        workspaces=tuple((key, _(label)) for key, label in WORKSPACES.items()),
        guide=guide(channel, base_url, account.id if account else ""),
        hook=f"{base_url}/hooks/{channel.kind}/{account.id}" if account and isinstance(_thing(channel), Hooked) else "",
        cause=str(attention.get("cause", "")),
        cure=str(attention.get("cure", "")),
        sends=not channel.capabilities.shows,
        test_to=text(entered, "test_to") if entered is not None else "",
        form=Form({}, refused, ("name", *names)) if refused is not None else BLANK,
    )


def people(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Ids and names of everybody who works here, to choose from."""
    return tuple((mate.id, mate.name) for mate in teammates(tx))


def _in_a_sentence(title: str) -> str:
    """Live chat is “live chat”, WhatsApp stays a name."""
    return title[:1].lower() + title[1:] if title[1:].islower() else title


def _thing(channel: Channel) -> object:
    """The channel, of which anything may be asked."""
    return channel


async def _page(visit: Visiting, asked: Asked | None = None) -> Response:
    load = partial(accounts_page, kinds=visit.request.app.state.channels, base_url=visit.base_url, asked=asked)
    status = asked.refused.status if asked is not None and asked.refused is not None else 200
    return await visit.page("screens/accounts.html", load, here=HERE, status=status)


@router.get(HERE)
async def channel_accounts(visit: Visiting) -> Response:
    """The table."""
    return await _page(visit)


@router.get(HERE + "/connect/{kind}")
async def connect_panel(visit: Visiting, kind: str) -> Response:
    """The panel for a new account."""
    return await _page(visit, Asked(kind))


@router.post(HERE + "/connect/{kind}")
async def connect(visit: Visiting, keyring: Keys, kind: str) -> Response:
    """Connect an account, and go on to its tag."""
    form = await visit.request.form()
    channel = channel_of(visit.request.app.state.channels, kind)

    def act(tx: Tx, by: Actor) -> str:
        return accounts.connect(
            tx,
            keyring,
            channel.config,
            kind=kind,
            name=text(form, "name"),
            workspace=text(form, "workspace") or "inbox",
            settings=settings_in(channel.config, form),
            family=channel.capabilities.family,
            by=by,
        )

    try:
        connected = await visit.do(act)
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(kind, entered=form, refused=refused))
    if channel.capabilities.shows:
        return visit.to(f"{HERE}/{connected}", Toast(_("Connected. Put its tag on your website.")))
    works, message = await _checked(visit, keyring, connected)
    return visit.to(f"{HERE}/{connected}", Toast(message, tone="" if works else "bad"))


async def _checked(visit: Visiting, keyring: Keyring, account_id: str) -> tuple[bool, str]:
    """Try the connection; the account remembers the outcome."""
    account = await visit.database.tx(accounts.which, account_id, keyring)
    return await Checks(visit.database, visit.request.app.state.channels, keyring).check(account)


async def _tried(visit: Visiting, keyring: Keyring, account_id: str, to: str) -> tuple[bool, str]:
    """Send a test message."""
    account = await visit.database.tx(accounts.which, account_id, keyring)
    return await send_test(visit.database, channel_of(visit.request.app.state.channels, account.kind), account, to)


@router.get(HERE + "/{account_id}")
async def account_panel(visit: Visiting, account_id: str) -> Response:
    """The panel of an account."""
    return await _page(visit, Asked(account_id=account_id))


@router.post(HERE + "/{account_id}")
async def change(visit: Visiting, keyring: Keys, account_id: str) -> Response:
    """Change an account."""
    form = await visit.request.form()
    kinds = visit.request.app.state.channels

    def act(tx: Tx, by: Actor) -> None:
        config = channel_of(kinds, accounts.which(tx, account_id).kind).config
        entered, workspace = settings_in(config, form), text(form, "workspace") or None
        accounts.change(tx, keyring, config, account_id, name=text(form, "name"), workspace=workspace, settings=entered, by=by)

    try:
        await visit.do(act)
        if (then := text(form, "then")) in ("check", "test"):
            if then == "check":
                works, message = await _checked(visit, keyring, account_id)
            else:
                works, message = await _tried(visit, keyring, account_id, text(form, "test_to"))
            return visit.to(f"{HERE}/{account_id}", Toast(message, tone="" if works else "bad"))
    except Forbidden:
        raise
    except Refused as refused:
        return await _page(visit, Asked(account_id=account_id, entered=form, refused=refused))
    return visit.to(HERE, Toast(_("Saved")))


@router.post(HERE + "/{account_id}/remove")
async def remove(visit: Visiting, account_id: str) -> Response:
    """Disconnect an account; its conversations stay."""
    await visit.do(lambda tx, by: accounts.remove(tx, account_id, by=by))
    return visit.to(HERE, Toast(_("Disconnected. Its conversations stay.")))
