"""Words that carry values, in the product's languages: numbers, units of time, currencies. Data only.

Words of all languages are in one table: a text is read with all of them, because people mix languages. Words that mean
something else in another of these languages (*sept*, *once*, *on*, *sei*) are left to the language they are counted in.
"""

NUMBER_WORDS: dict[str, int] = {
    # English
    "zero": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100,
    "thousand": 1000, "dozen": 12,
    # German
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwölf": 12,
    "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
    "zwanzig": 20,
    "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90, "hundert": 100,
    "tausend": 1000,
    # French
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "cent": 100, "mille": 1000,
    # Spanish
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12,
    "trece": 13,
    "catorce": 14, "quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "cien": 100,
    "mil": 1000,
    # Italian
    "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sette": 7, "otto": 8, "nove": 9, "dieci": 10, "undici": 11, "dodici": 12,
    "tredici": 13, "quattordici": 14, "quindici": 15, "venti": 20, "trenta": 30, "quaranta": 40, "cinquanta": 50,
    "cento": 100,
    # Dutch
    "twee": 2, "drie": 3, "vijf": 5, "zes": 6, "zeven": 7, "negen": 9, "tien": 10, "twaalf": 12, "dertien": 13,
    "veertien": 14,
    "vijftien": 15, "twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "honderd": 100, "duizend": 1000,
    # Portuguese
    "dois": 2, "duas": 2, "três": 3, "quatro": 4, "oito": 8, "dez": 10, "doze": 12, "catorze": 14, "vinte": 20, "trinta": 30,
    "quarenta": 40, "cinquenta": 50, "sessenta": 60, "cem": 100,
    # Polish
    "dwa": 2, "dwie": 2, "dwóch": 2, "trzy": 3, "trzech": 3, "cztery": 4, "czterech": 4, "pięć": 5, "pięciu": 5, "sześć": 6,
    "sześciu": 6, "siedem": 7, "siedmiu": 7, "osiem": 8, "ośmiu": 8, "dziewięć": 9, "dziesięć": 10, "dziesięciu": 10,
    "jedenaście": 11, "dwanaście": 12, "czternaście": 14, "czternastu": 14, "piętnaście": 15, "dwadzieścia": 20,
    "trzydzieści": 30, "trzydziestu": 30, "czterdzieści": 40, "pięćdziesiąt": 50, "sześćdziesiąt": 60, "sto": 100,
    "tysiąc": 1000,
}  # fmt: skip

COUNTED = frozenset(
    """reasons ways options things questions points possibilities cases answers parts gründe gründen möglichkeiten wege
    wegen dinge
    dingen fragen punkte punkten optionen antworten fälle raisons façons options choses questions points possibilités razones
    formas opciones cosas preguntas puntos posibilidades ragioni motivi modi opzioni cose domande punti possibilità redenen
    manieren opties dingen vragen punten mogelijkheden razões formas opções coisas perguntas pontos powody powodów sposoby
    sposobów opcje rzeczy pytania punkty""".split()  # noqa: SIM905
)
"""What a reply may count of itself (*for two reasons*) without the content saying so."""

ONE = {
    "one", "a", "an", "ein", "eine", "einen", "einem", "einer", "eines", "un", "une", "una", "uno", "een", "één", "um",
    "uma", "jeden",
    "jedna", "jedną", "jednego",
}  # fmt: skip
"""One, or an article: a value only before a unit."""

MINUTES: dict[str, int] = {
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuten", "minuto", "minutos", "minuti", "minuut", "minuty",
    "minut"), 1),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "stunde", "stunden", "std", "heure", "heures", "hora", "horas", "ora",
    "ore", "uur",
                     "uren", "godzina", "godziny", "godzin", "h"), 60),
    **dict.fromkeys(("day", "days", "tag", "tage", "tagen", "jour", "jours", "día", "días", "dia", "dias", "giorno",
    "giorni", "dag",
                     "dagen", "dzień", "dni"), 1440),
    **dict.fromkeys(("week", "weeks", "woche", "wochen", "semaine", "semaines", "semana", "semanas", "settimana",
    "settimane", "weken",
                     "tydzień", "tygodnie", "tygodni"), 10080),
    **dict.fromkeys(("fortnight",), 20160),
}  # fmt: skip
"""Units of time in minutes."""

MONTHS: dict[str, int] = {
    **dict.fromkeys(("month", "months", "monat", "monate", "monaten", "mois", "mes", "meses", "mese", "mesi", "maand",
    "maanden", "mês",
                     "miesiąc", "miesiące", "miesięcy"), 1),
    **dict.fromkeys(("quarter", "quarters", "quartal", "quartale"), 3),
    **dict.fromkeys(("year", "years", "yr", "yrs", "jahr", "jahre", "jahren", "an", "ans", "année", "années", "año",
    "años", "anno", "anni",
                     "jaar", "jaren", "ano", "anos", "rok", "lata", "lat"), 12),
}  # fmt: skip
"""Units of time in months."""

WORKING = (
    "working", "business", "ouvrés", "ouvrables", "ouvré", "hábiles", "laborables", "lavorativi", "lavorativo", "werkdagen",
    "werkdag", "úteis", "útil", "robocze", "roboczych", "werktage", "werktagen", "werktag", "arbeitstage", "arbeitstagen",
    "arbeitstag",
)  # fmt: skip
"""What makes a day a working day."""

WORKING_DAYS = {"werktag", "werktage", "werktagen", "arbeitstag", "arbeitstage", "arbeitstagen", "werkdag", "werkdagen"}
"""Working days in one word."""

CURRENCIES: dict[str, str] = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "us$": "USD", "dollar": "USD",
    "dollars": "USD",
    "dólares": "USD", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "pfund": "GBP", "chf": "CHF",
    "franken": "CHF",
    "francs": "CHF", "sfr": "CHF", "zł": "PLN", "pln": "PLN", "złotych": "PLN", "złote": "PLN", "kč": "CZK", "czk": "CZK",
    "kr": "KR",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "¥": "JPY", "jpy": "JPY", "yen": "JPY", "₹": "INR", "inr": "INR",
    "cad": "CAD", "aud": "AUD",
    "huf": "HUF", "ft": "HUF", "ron": "RON", "lei": "RON", "₺": "TRY", "try": "TRY", "₽": "RUB", "rub": "RUB", "₴": "UAH",
    "₩": "KRW",
    "元": "CNY", "円": "JPY", "원": "KRW",
}  # fmt: skip
"""Currencies as they are written, in lower case."""

UNITS = frozenset(
    """mm cm m km kg g l ml w kw wh kwh v ah mah a nm bar psi kb mb gb tb in inch inches lb lbs mph kmh hz °c °f ° px dpi oz
    ft² m²""".split()  # noqa: SIM905
)
"""Units that a number is bound to: 45 mm is not 45 cm."""

PERCENT = ("%", "percent", "per cent", "prozent", "pour cent", "por ciento", "per cento", "procent", "por cento", "proc")
"""Ways to write per cent."""
