"""What no machine may answer (RFC 3834 and what programs really send): the reason, or None."""

import re

from firstline.channels.email.addresses import Address, is_no_reply
from firstline.channels.email.headers import Headers, typed
from firstline.channels.email.mime import Mail

_AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autorespond-from",
    "x-autoreply-from",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-fc-machinegenerated",
)
_SUPPRESS = {"all", "autoreply", "oof"}
_AWAY_SUBJECT = re.compile(
    r"\s*(?:(?:re|aw|antw|sv|vs)\s*:\s*)?\[?(?:"
    r"out[ -]of[ -](?:the[ -])?office|automatic reply|auto(?:matic)?[ -]?(?:reply|response|responder)|"
    r"away from (?:the|my) office|"
    r"i am (?:currently )?(?:on (?:vacation|leave|holiday)|out of)|on (?:vacation|annual leave)|"
    r"vacation (?:reply|response|message)|"
    r"abwesenheit(?:snotiz|sbenachrichtigung|smeldung|sassistent)?|automatische antwort|nicht im (?:büro|haus)|"
    r"réponse automatique|absence du bureau|absent du bureau|message d'absence|"
    r"respuesta automática|fuera de (?:la )?oficina|ausente de la oficina|"
    r"resposta automática|fora do escritório|risposta automatica|fuori (?:sede|ufficio)|"
    r"automatisch antwoord|afwezigheid|autosvar|automatiskt svar|frånvaro|automaattinen vastaus|poissaolo|"
    r"automatyczna odpowiedź|odpowiedź automatyczna|automatická odpověď|automatický|автоматический ответ|автоответ|"
    r"otomatik yanıt|automatikus válasz|răspuns automat|自动回复|自動返信|자동 회신"
    r")(?![\w-])",
    re.IGNORECASE,
)


def why_not_answered(mail: Mail, sender: Address) -> str | None:
    """Why a mail must not be answered by a machine."""
    headers = mail.headers
    checks = (_declared(headers), _bulk(headers), _listed(headers), _report(mail))
    if reason := next((one for one in checks if one), None):
        return reason
    if mail.envelope.sender == "" or (mail.envelope.sender is None and headers.first("return-path").strip() == "<>"):
        return "It has no return path, as bounces and receipts have none."
    if is_no_reply(sender.email):
        return f"Nobody reads mail to {sender.email}."
    if _AWAY_SUBJECT.match(headers.text("subject")[:200]):
        return "Its subject is that of an out-of-office reply."
    return None


def _declared(headers: Headers) -> str | None:
    said = headers.first("auto-submitted").partition(";")[0].strip().lower()
    if said and said.split()[0] != "no":
        return f"It says that a machine wrote it (Auto-Submitted: {said[:40]})."
    suppress = {part.strip().lower() for part in headers.first("x-auto-response-suppress").split(",")}
    if suppress & _SUPPRESS:
        return "It asks for no automatic answer (X-Auto-Response-Suppress)."
    if name := next((name for name in _AUTO_HEADERS if headers.has(name)), None):
        return f"It comes from an automatic responder ({name})."
    if headers.has("x-firstline") and headers.first("x-firstline").strip() != "teammate":
        return "It comes from an agent of another Firstline (X-Firstline)."
    return None


def _bulk(headers: Headers) -> str | None:
    precedence = headers.first("precedence").strip().lower()
    if precedence in ("bulk", "junk", "list", "auto_reply", "auto-reply"):
        return f"It is bulk mail (Precedence: {precedence})."
    return None


def _listed(headers: Headers) -> str | None:
    """``Feedback-ID`` alone says nothing: Amazon SES writes it into whatever a company sends through it."""
    name = headers.starting("list-")
    return f"It came over a mailing list ({name})." if name else None


def _report(mail: Mail) -> str | None:
    kind = typed(mail.headers.first("content-type"))
    if kind.value == "multipart/report":
        return f"It is a report of a mail server ({kind.parameters.get('report-type', 'report')[:40]})."
    return "It is a report of a mail server (X-Failed-Recipients)." if mail.headers.has("x-failed-recipients") else None
