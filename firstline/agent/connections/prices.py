"""Listed prices of models, as a suggestion; the price that counts is the one of the connection."""

from firstline.agent.connections.known import PROVIDERS

_LISTED_AS = {"bedrock": "aws", "mistral": "mistral", "google": "google"}


def listed(provider: str, model: str) -> tuple[float, float] | None:
    """What a million tokens read and written cost according to the list that pydantic-ai carries; None if it is not there."""
    if provider not in PROVIDERS or PROVIDERS[provider].needs_url:
        return None
    from genai_prices import Usage, calc_price

    name = _LISTED_AS.get(provider, provider)
    try:
        read = calc_price(Usage(input_tokens=1_000_000), model, provider_id=name)
        written = calc_price(Usage(output_tokens=1_000_000), model, provider_id=name)
    except (LookupError, ValueError):
        return None
    return float(read.total_price), float(written.total_price)
