"""What a mail says: quotes, signatures, HTML, hidden text."""

import pytest

from firstline.channels.email.bodies import text_of_html
from firstline.channels.email.display import for_display, remote_images
from firstline.channels.email.quotes import reply_only
from tests.effort import effort

QUOTED = [
    ("Yes.\n\nOn Mon, 3 Nov 2026 at 10:00, Velo <s@v.example>\nwrote:\n> Do you?\n> ok\n", "Yes."),
    ("Ja.\n\nAm 03.11.2026 um 10:00 schrieb Velo <s@v.example>:\n> Wollen Sie?\n", "Ja."),
    ("Oui.\n\nLe lun. 3 nov. 2026 à 10:00, Velo <s@v.example> a écrit :\n> Voulez-vous ?\n", "Oui."),
    ("Sí.\n\nEl lun, 3 nov 2026 a las 10:00, Velo (<s@v.example>) escribió:\n> ¿Quiere?\n", "Sí."),
    ("Sim.\n\nEm seg., 3 de nov. de 2026 às 10:00, Velo <s@v.example> escreveu:\n> Quer?\n", "Sim."),
    ("Sì.\n\nIl giorno lun 3 nov 2026 alle ore 10:00 Velo <s@v.example> ha scritto:\n> Vuole?\n", "Sì."),
    ("Ja.\n\nOp ma 3 nov 2026 om 10:00 schreef Velo <s@v.example>:\n> Wilt u?\n", "Ja."),
    ("Ja tack.\n\nDen mån 3 nov. 2026 kl 10:00 skrev Velo <s@v.example>:\n> Vill du?\n", "Ja tack."),
    ("Да.\n\n3 нояб. 2026 г., в 10:00, Velo <s@v.example> написал(а):\n> Хотите?\n> да\n", "Да."),
    ("Ja gerne\n\nVon: Velo <x@y>\nGesendet: Montag\nAn: Mira\nBetreff: Reifen\n\nalter Text", "Ja gerne"),
    ("Fine\n\n________________________________\nFrom: Velo <x@y>\nSent: Monday\nTo: Mira\nSubject: Tyres\n\nold text", "Fine"),
    ("Fine\n\n-----Original Message-----\nFrom: Velo\n\nold", "Fine"),
    ("Fine\n\n----- Ursprüngliche Nachricht -----\nVon: Velo\n\nalt", "Fine"),
    ("好的\n\n2026/11/3 10:00 Velo <s@v.example>:\n> 要吗\n> 好\n", "好的"),
    ("On Mon, 3 Nov 2026, Velo wrote:\n> Do you want it?\n> Or not?\n\nYes, I do.\n", "Yes, I do."),
    ("Thanks\nSent from my iPhone\n\nOn 3 Nov 2026, at 10:00, Velo <s@v.example> wrote:\n\n> q\n", "Thanks"),
    ("Danke\n-- \nMira Holm\nTel. 0341 1234", "Danke"),
    ("Danke\n\nVon meinem iPhone gesendet", "Danke"),
]


@pytest.mark.promise("CH2")
@pytest.mark.parametrize(("text", "said"), QUOTED)
def test_what_the_customer_wrote_is_found_without_quote_and_signature(text: str, said: str) -> None:
    assert reply_only(text).text == said


@pytest.mark.parametrize(
    "text",
    [
        "On Mon, 3 Nov 2026, Velo wrote:\n> One?\n> Or two?\n\nyes\n\n> Three?\n> Or four?\n\nno\n",
        "Hello, on Monday I wrote: please call me.\nThank you",
        "> only a quote\n> and nothing else",
        "The price on the page from: 200 to: 300 is what I wrote you about.",
        "See below\n\n---------- Forwarded message ---------\nFrom: Shop <a@b>\nDate: Mon\nSubject: Offer\n\nYour offer",
    ],
)
def test_answers_between_quotes_forwards_and_ordinary_words_stay_whole(text: str) -> None:
    assert reply_only(text).text == text.strip()


def test_a_forward_is_content() -> None:
    assert "Your offer" in reply_only("FYI\n\nFrom: a\nSent: b\nTo: c\nSubject: d\n\nYour offer", "Fwd: offer").text


@pytest.mark.parametrize(
    "hostile",
    [
        "On " * 20_000 + "\n" + "> x\n" * 500,
        "\n".join(["On " * 70 + "wrote"] * 300),
        "\n".join(["On 1 " + "a" * 200] * 300),
        "-" * 62_000,
        "\n".join(["> " * 100] * 300),
        "From: " * 10_000,
        "\n" * 62_000,
        "_" * 62_000 + "\nFrom: x",
        "Sent from my " * 5_000,
    ],
)
@pytest.mark.promise("CH2")
def test_quotes_made_to_take_long_are_done_in_under_a_second(hostile: str) -> None:
    assert effort(lambda: reply_only(hostile[:62_000]), 1.0) < 1.0


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">secret</span>',
        '<span style="DISPLAY : NONE !important">secret</span>',
        '<span style="font-size:0px">secret</span>',
        '<span style="visibility:hidden">secret</span>',
        '<span style="color:#ffffff">secret</span>',
        '<span style="color: white">secret</span>',
        '<span style="color:#123;background:#123">secret</span>',
        '<font color="#FFFFFF">secret</font>',
        "<span hidden>secret</span>",
        "<!-- secret -->",
        "<script>secret</script>",
        "<style>secret</style>",
        "<template>secret</template>",
        '<div style="position:absolute;left:-9999px">secret</div>',
        '<div style="max-height:0;overflow:hidden">secret</div>',
        '<span style="opacity:0">secret</span>',
        "<noscript>secret</noscript>",
        "<textarea>secret</textarea>",
    ],
)
@pytest.mark.promise("CH2")
def test_text_hidden_from_people_is_hidden_from_the_agent(hidden: str) -> None:
    assert text_of_html(f"<p>Hello{hidden} there</p>").split() == ["Hello", "there"]


def test_html_becomes_readable_text() -> None:
    html = "<p>Hi&nbsp;there,<br>two questions:</p><ul><li>Open?</li><li>Price?</li></ul>"
    html += "<table><tr><td>A</td><td>B</td></tr></table>"
    assert text_of_html(html) == "Hi there,\ntwo questions:\n\n- Open?\n- Price?\n\nA B"


@pytest.mark.parametrize(
    "box",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Mon Velo wrote:</div><blockquote>old</blockquote></div>',
        '<blockquote type="cite">old</blockquote>',
        '<div id="divRplyFwdMsg">From: Velo</div><div>old</div><p>older</p>',
        '<div class="yahoo_quoted">old</div>',
        '<div class="protonmail_quote">old</div>',
    ],
)
def test_quotes_in_html_are_left_out(box: str) -> None:
    assert text_of_html(f"<div>Yes</div>{box}", without_quotes=True) == "Yes"


def test_a_mail_of_nothing_but_a_quote_keeps_it() -> None:
    assert text_of_html('<blockquote type="cite">old</blockquote>', without_quotes=True) == "old"


@pytest.mark.promise("CH2")
def test_html_for_display_has_nothing_that_runs_or_tells_the_sender() -> None:
    html = (
        '<p onclick="x()" class="a" id="b">Hi</p><script>x</script><iframe src="//e"></iframe><a href="javascript:x">1</a>'
        '<form action="/x"><input name="a"></form><img src="https://t.example/p.gif"><img src="cid:a"><style>p{}</style>'
        '<a href="https://ok.example">2</a><div style="position:fixed;color:red;background:url(https://t.example/x)">3</div>'
        '<svg><image href="https://t.example"/></svg><base href="//e"><meta http-equiv="refresh" content="0;url=//e">'
    )
    shown = for_display(html, lambda src: "/mail-images/1" if src == "cid:a" else None)
    for bad in (
        "onclick",
        "script",
        "iframe",
        "javascript",
        "<form",
        "<input",
        "t.example",
        "<style",
        "position",
        "url(",
        "<svg",
        "<base",
        "<meta",
    ):
        assert bad not in shown, (bad, shown)
    assert 'src="/mail-images/1"' in shown
    assert 'href="https://ok.example"' in shown
    assert "noopener" in shown
    assert remote_images(html) == ("https://t.example/p.gif",)
