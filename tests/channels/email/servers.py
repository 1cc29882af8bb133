"""Real mail servers for tests: Dovecot and Postfix on loopback, with folders and a certificate authority of their own."""

import contextlib
import datetime as dt
import grp
import ipaddress
import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from tests.channels.email.issuing import Provider

PASSWORD = "mail-secret"
USERS = (
    "service@veloria.example",
    "workshop@veloria.example",
    "samira@veloria.example",
    "mira@customer.example",
    "tom@customer.example",
)
RULED = "Rückfragen & Co"
"""A folder into which a rule might sort mail; its name is no ASCII."""
MISSING = tuple(
    name for name, path in (("dovecot-imapd", "/usr/sbin/dovecot"), ("postfix", "/usr/sbin/postfix")) if not Path(path).exists()
)
ALLOWED = os.getuid() == 0
"""Both servers want to change to users of their own."""


@dataclass(frozen=True)
class Post:
    """Where the servers listen."""

    folder: Path
    imap: int
    imaps: int
    smtp: int
    smtps: int
    tokens: Provider
    """Whose tokens they take instead of a password."""

    @property
    def authority(self) -> str:
        """PEM of the authority that signed their certificates."""
        return (self.folder / "authority.pem").read_text()

    def settings(self, address: str = USERS[0], **more: object) -> dict[str, object]:
        """Of a mailbox of Firstline on these servers."""
        return {
            "address": address,
            "incoming": "imap",
            "imap_host": "localhost",
            "imap_port": self.imaps,
            "imap_security": "tls",
            "smtp_host": "localhost",
            "smtp_port": self.smtp,
            "smtp_security": "starttls",
            "certificate_authority": self.authority,
            "poll_seconds": 5,
            **more,
        }

    @contextlib.contextmanager
    def reading(self, user: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A customer's, or a teammate's, own mail program."""
        context = ssl.create_default_context(cadata=self.authority)
        client = IMAPClient("localhost", self.imaps, ssl_context=context)
        try:
            client.login(user, PASSWORD)
            client.select_folder(folder)
            yield client
        finally:
            client.logout()

    def hand_in(self, sender: str, recipient: str, raw: bytes) -> None:
        """Somebody sends a mail."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as client:
            client.sendmail(sender, [recipient], raw)

    def mails(self, user: str, folder: str = "INBOX", *, count: int = 1, seconds: float = 20.0) -> list[bytes]:
        """What lies in a mailbox, once there are so many."""
        until = time.monotonic() + seconds
        while True:
            with self.reading(user, folder) as client:
                uids = client.search()
                if len(uids) >= count:
                    return [bytes(one[b"BODY[]"]) for one in client.fetch(uids, ["BODY.PEEK[]"]).values()]
            if time.monotonic() > until:
                raise AssertionError(f"{user} has {len(uids)} mails in {folder}, not {count}: {self.log()[-1500:]}")
            time.sleep(0.05)

    def empty(self) -> None:
        """Every mailbox is empty again."""
        for user in USERS:
            with self.reading(user) as client:
                for folder in ("INBOX", "Sent", "Junk", RULED):
                    client.select_folder(folder)
                    if uids := client.search():
                        client.delete_messages(uids)
                        client.expunge()

    def log(self) -> str:
        """What the servers said."""
        return "\n".join(
            path.read_text(errors="replace")
            for path in (self.folder / "dovecot.log", self.folder / "postfix.log")
            if path.exists()
        )


@contextlib.contextmanager
def running() -> Iterator[Post]:
    """Both servers, while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="firstline-mail-", dir="/tmp"))
    folder.chmod(0o755)
    ports = imap, imaps, smtp, smtps = _free_ports(4)
    tokens = Provider()
    post = Post(folder, imap, imaps, smtp, smtps, tokens)
    _certificates(folder)
    nobody = pwd.getpwnam("nobody")
    mails = folder / "mail"
    mails.mkdir()
    os.chown(mails, nobody.pw_uid, nobody.pw_gid)
    try:
        _dovecot(post, nobody)
        _postfix(post, nobody)
        _wait(ports)
        yield post
    finally:
        subprocess.run(["/usr/sbin/postfix", "-c", str(folder / "postfix"), "abort"], capture_output=True, check=False)
        subprocess.run(["/usr/sbin/dovecot", "-c", str(folder / "dovecot.conf"), "stop"], capture_output=True, check=False)
        tokens.close()
        shutil.rmtree(folder, ignore_errors=True)


_FOLDERS = f"""
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox "{RULED}" {{
    auto = create
  }}
"""


def _dovecot(post: Post, nobody: pwd.struct_passwd) -> None:
    folder = post.folder
    (folder / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in USERS))
    _introspection(post)
    (folder / "dovecot.conf").write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 200
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/tokens.conf
}}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  {_FOLDERS}
}}
service imap-login {{
  inet_listener imap {{
    port = {post.imap}
  }}
  inet_listener imaps {{
    port = {post.imaps}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
""")
    # it stays in the background with our pipes open, so it gets none
    with (folder / "dovecot.out").open("wb") as out:
        subprocess.run(["/usr/sbin/dovecot", "-c", str(folder / "dovecot.conf")], stdout=out, stderr=out, check=True)


def _introspection(post: Post) -> None:
    """Where Dovecot asks whether a token is good."""
    (post.folder / "tokens.conf").write_text(f"""
introspection_mode = post
introspection_url = {post.tokens.url}/introspect
username_attribute = email
active_attribute = active
active_value = true
""")


_MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 2 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def _postfix(post: Post, nobody: pwd.struct_passwd) -> None:
    folder, home = post.folder, post.folder / "postfix"
    home.mkdir()
    postfix = pwd.getpwnam("postfix")
    for name in ("spool", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", postfix.pw_uid, grp.getgrnam("postfix").gr_gid)
    (home / "mailboxes").write_text("".join(f"{user} {user}/\n" for user in USERS))
    tls = f"smtpd_tls_cert_file = {folder}/server.pem\nsmtpd_tls_key_file = {folder}/server.key\n"
    (home / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
myhostname = mx.veloria.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = veloria.example, customer.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{home}/mailboxes
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
virtual_alias_maps =
alias_maps =
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_tls_auth_only = yes
smtpd_recipient_restrictions = permit_sasl_authenticated, permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
minimal_backoff_time = 2s
queue_run_delay = 2s
{tls}""")
    (home / "master.cf").write_text(_MASTER.format(smtp=post.smtp, smtps=post.smtps))
    with (folder / "postfix.out").open("wb") as out:
        subprocess.run(["/usr/sbin/postfix", "-c", str(home), "start"], stdout=out, stderr=out, check=True)


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in taken]
    for one in taken:
        one.close()
    return ports


def _wait(ports: list[int]) -> None:
    until = time.monotonic() + 15
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, f"nothing listens on {port}"
                time.sleep(0.05)


def _certificates(folder: Path) -> None:
    """An authority, and a certificate for localhost that it signed."""
    now = dt.datetime.now(dt.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])

    def certificate(name: x509.Name, public: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.Certificate:
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
            made = made.add_extension(names, critical=False)
        return made.sign(authority_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(
        certificate(authority, authority_key.public_key(), is_authority=True).public_bytes(pem)
    )
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    (folder / "server.pem").write_bytes(certificate(server, key.public_key(), is_authority=False).public_bytes(pem))
    (folder / "server.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
