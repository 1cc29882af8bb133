"""What somebody wrote in a mail, without what their program quoted and signed below it.

People see the whole mail; this is for the agent, for previews and for the timeline. In doubt more is kept. All of it is bounded:
at most :data:`MOST_LINES` lines are looked at, each to :data:`LINE` characters, and no pattern can wander.
"""

import re
from dataclasses import dataclass

import quotequail

MOST_LINES = 600
LINE = 1_000
_LOOKED_AT = 220
"""Characters of a line that the patterns see; no attribution is longer."""


@dataclass(frozen=True)
class Stripped:
    """What is left, and what was taken away."""

    text: str
    quoted: bool = False
    signed: bool = False


_WROTE = (
    r"wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev|kirjoitti|napisał\(a\)|"
    r"napisał|napisała|napsal\(a\)|napsal|"
    r"написал\(а\)|написал|пише|geschreven|yazdı|írta|a scris|написа|έγραψε|写道|のメール|님이 작성"
)
_BEGINS = r"On|Am|Le|El|Em|Il|Op|Den|Dne|W dniu|Dnia|Pe|В|На|Στις|在|Vào|Pada"
_ATTRIBUTION = re.compile(rf"(?:{_BEGINS})\b.{{4,200}}(?:{_WROTE}).{{0,60}}[:：]\s*$")
_TAIL = re.compile(rf".{{0,120}}\b(?:{_WROTE})\s*[:：]\s*$")
_DATED = re.compile(r"\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}.{0,120}<[^<>@\s]{1,64}@[^<>@\s]{1,120}>\s*[:：]?\s*$")
_ORIGINAL = re.compile(
    r"[-_*\s]{2,40}(?:original message|ursprüngliche nachricht|originalnachricht|message d'origine|mensaje original|"
    r"mensagem original|messaggio originale|oorspronkelijk bericht|original meddelande|oprindelig meddelelse|"
    r"wiadomość oryginalna|původní zpráva|исходное сообщение|alkuperäinen viesti)[-_*\s]{2,40}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"_{20,}\s*$")
_FROM = re.compile(
    r"\*?(from|von|de|da|van|från|fra|od|lähettäjä|от|от кого|kimden|feladó|发件人|差出人)\s?[:：]\*?\s", re.IGNORECASE
)
_SENT = re.compile(
    r"\*?(sent|date|gesendet|datum|envoyé|date|enviado|enviado el|fecha|data|inviato|verzonden|skickat|sendt|wysłano|odesláno|"
    r"отправлено|дата|lähetetty|gönderildi|to|an|à|para|aan|till|do|кому|subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|"
    r"předmět|тема|aihe|konu)\s?[:：]\*?\s",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[-*\s]{0,40}(?:begin forwarded message|forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten|"
    r"message transféré|"
    r"mensaje reenviado|mensagem encaminhada|messaggio inoltrato|doorgestuurd bericht|vidarebefordrat|пересылаемое сообщение)",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"(?:re:\s*)?(?:fwd?|wg|tr|rv|enc|i|pd|vs|doorst)\s*:", re.IGNORECASE)
_MOBILE = re.compile(
    r"(?:sent from my|sent from (?:outlook|yahoo|mail)|get outlook for|von meinem .{2,40} gesendet|gesendet mit|"
    r"envoyé de mon|enviado desde mi|"
    r"enviado do meu|inviato da|verstuurd vanaf|verzonden vanaf|skickat från|sendt fra|wysłane z|отправлено с)\b.{0,80}$",
    re.IGNORECASE,
)


def reply_only(text: str, subject: str = "") -> Stripped:
    """Take quotes and signature away. If nothing is left, or it is a forward, it stays as it is."""
    lines = [line[:LINE].rstrip() for line in text.split("\n", MOST_LINES)[:MOST_LINES]]
    whole = "\n".join(lines).strip()
    if _is_forward(lines, subject):
        return Stripped(whole)
    kept, quoted = _without_quote(lines)
    quoted = quoted and len(kept) < len(lines)
    kept, signed = _without_signature(kept)
    left = "\n".join(kept).strip()
    if not left:
        return Stripped(whole)
    return Stripped(left, quoted, signed)


def own_words(text: str, subject: str = "") -> str:
    """What of it the sender wrote, where :func:`reply_only` kept what others did: a forward, an answer point by point.

    For what may only come from the sender (what is to be done, with which order). In doubt less is kept.
    """
    lines = [line[:LINE].rstrip() for line in text.split("\n", MOST_LINES)[:MOST_LINES]]
    own: list[str] = []
    for number, line in enumerate(lines):
        plain = line.strip()[:_LOOKED_AT]
        if plain.startswith(">"):
            continue
        if _FORWARDED.match(plain) or _begins_here(lines, number):
            if not any(below.lstrip().startswith(">") for below in lines[number + 1 : number + 4]):
                return "\n".join(own).strip()
            continue
        own.append(line)
    if _FORWARD_SUBJECT.match(subject.strip()[:40]):
        return ""
    return "\n".join(own).strip()


def _is_forward(lines: list[str], subject: str) -> bool:
    if _FORWARD_SUBJECT.match(subject.strip()[:40]):
        return True
    return any(_FORWARDED.match(line.strip()[:_LOOKED_AT]) for line in lines[:60])


def _without_quote(lines: list[str]) -> tuple[list[str], bool]:
    at = _quote_begins(lines)
    if at is None:
        return lines, False
    below = _below(lines, at)
    if below and any(line.strip() and not line.startswith(">") for line in lines[:at]):
        return lines, False  # text above and between the quotes: an answer point by point, which makes no sense without them
    return (below, True) if below else (lines[:at], True)


def _below(lines: list[str], at: int) -> list[str]:
    """What stands below a quote made of ``>`` lines; nothing where the quote has no such marks and runs to the end."""
    marked = [number for number in range(at, len(lines)) if lines[number].lstrip().startswith(">")]
    if not marked:
        return []
    rest = lines[marked[-1] + 1 :]
    body, _ = _without_signature(rest)
    between = [lines[n] for n in range(marked[0], marked[-1]) if lines[n].strip() and not lines[n].lstrip().startswith(">")]
    if between and not any(_is_attribution(line) for line in between):
        return lines[at:]
    return body if any(line.strip() for line in body) else []


def _quote_begins(lines: list[str]) -> int | None:
    candidates = [number for number, _ in enumerate(lines) if _begins_here(lines, number)]
    first = candidates[0] if candidates else None
    found = quotequail.quote("\n".join(line[:_LOOKED_AT] for line in lines), limit=MOST_LINES + 1, quote_intro_line=True)
    if len(found) == 2:
        theirs = found[0][1].count("\n") + (1 if found[0][1] else 0)
        first = theirs if first is None else min(first, theirs)
    return first


def _begins_here(lines: list[str], number: int) -> bool:
    line = lines[number][:_LOOKED_AT].strip()
    if not line:
        return False
    if _is_attribution(line) or _ORIGINAL.match(line):
        return True
    if line[0] == ">" and number + 1 < len(lines) and lines[number + 1].lstrip().startswith(">"):
        return True
    following = [one[:_LOOKED_AT].strip() for one in lines[number + 1 : number + 5]]
    if _RULE.match(line) and any(_FROM.match(one) for one in following[:2]):
        return True
    if _FROM.match(line) and sum(bool(_SENT.match(one)) for one in following) >= 2:
        return True
    joined = " ".join([line, *following[:2]])[: 2 * _LOOKED_AT]
    wraps = re.match(rf"(?:{_BEGINS})\b.*\d", line) is not None
    return wraps and any(_TAIL.match(one) for one in following[:2]) and _ATTRIBUTION.match(joined.split(":\n")[0]) is not None


def _is_attribution(line: str) -> bool:
    line = line[:_LOOKED_AT].strip().lstrip("> ")
    return bool(_ATTRIBUTION.match(line) or _DATED.match(line))


def _without_signature(lines: list[str]) -> tuple[list[str], bool]:
    for number, line in enumerate(lines):
        if line in ("--", "-- ", "—") and len(lines) - number <= 30:
            return lines[:number], True
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end and _MOBILE.match(lines[end - 1].strip()[:_LOOKED_AT]):
        return lines[: end - 1], True
    return lines, False
