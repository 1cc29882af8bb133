"""Asking a customer for their phone number by the provider's own button, where the provider hides it. Pure."""

from collections.abc import Mapping

PHONE = "phone"
"""What ``asks`` in the data of a message says."""
WORDS: Mapping[str, str] = {
    "en": "Would you share your phone number with us? Use the button below.",
    "de": "Möchten Sie uns Ihre Telefonnummer geben? Nutzen Sie die Schaltfläche unten.",
    "fr": "Souhaitez-vous nous communiquer votre numéro de téléphone ? Utilisez le bouton ci-dessous.",
    "es": "¿Quiere compartir su número de teléfono con nosotros? Use el botón de abajo.",
    "it": "Vuole comunicarci il suo numero di telefono? Usi il pulsante qui sotto.",
    "nl": "Wilt u uw telefoonnummer met ons delen? Gebruik de knop hieronder.",
    "pt": "Quer partilhar o seu número de telefone connosco? Use o botão abaixo.",
    "pl": "Czy zechce Pan/Pani podać nam swój numer telefonu? Proszę użyć przycisku poniżej.",
}
"""What is said where the teammate wrote nothing, by language."""


def words(language: str | None) -> str:
    """The question in the customer's language; English where it has none."""
    return WORDS.get((language or "en").partition("-")[0].lower(), WORDS["en"])
