"""From a connection to a pydantic-ai model. Every provider is imported only when it is used: most are extras."""

import importlib.util
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from firstline.agent.connections.known import PROVIDERS
from firstline.agent.connections.rules import ConnectionSettings

if TYPE_CHECKING:
    from pydantic_ai.models import Model


CONNECTING, SILENCE = 10.0, 60.0
"""Seconds after which a call of Amazon's library ends by itself: it waits in a thread that nobody can stop."""


class NotInstalled(Exception):
    """What the provider needs is not installed; the message says how to get it."""


def installed(provider: str) -> bool:
    """Whether the provider's own library is there."""
    try:
        return importlib.util.find_spec(PROVIDERS[provider].package) is not None
    except ModuleNotFoundError:
        return False


def build(settings: ConnectionSettings, key: str | None) -> "Model":
    """The model, ready to be asked. Nothing is taken from the environment: what counts is what was connected.

    :raises NotInstalled: naming the extra that is missing.
    """
    known = PROVIDERS[settings.provider]
    if not installed(settings.provider):
        raise NotInstalled(
            f"{known.name} needs a library that is not installed: run pip install 'firstline[{known.extra}]' "
            "where Firstline runs, and start it again."
        )
    make = {
        "openai": _openai,
        "anthropic": _anthropic,
        "google": _google,
        "mistral": _mistral,
        "groq": _groq,
        "bedrock": _bedrock,
        "openrouter": _openrouter,
        "ollama": _ollama,
        "compatible": _compatible,
    }[settings.provider]
    return make(settings.model, key or "none", settings.base_url)


def _openai(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel(model, provider=OpenAIProvider(base_url=url or "https://api.openai.com/v1", api_key=key))


def _compatible(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    assert url is not None
    return OpenAIChatModel(
        model, provider=OpenAICompatibleProvider(urlsplit(url).hostname or "server", base_url=url, api_key=key)
    )


def _ollama(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.ollama import OllamaModel
    from pydantic_ai.providers.ollama import OllamaProvider

    return OllamaModel(model, provider=OllamaProvider(base_url=url, api_key=key))


def _openrouter(model: str, key: str, url: str | None) -> "Model":
    from openai import AsyncOpenAI
    from pydantic_ai.models.openrouter import OpenRouterModel
    from pydantic_ai.providers.openrouter import OpenRouterProvider

    client = AsyncOpenAI(base_url=url or "https://openrouter.ai/api/v1", api_key=key)
    return OpenRouterModel(model, provider=OpenRouterProvider(openai_client=client))


def _anthropic(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    return AnthropicModel(model, provider=AnthropicProvider(api_key=key, base_url=url))


def _google(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    more: dict[str, Any] = {"base_url": url} if url else {}
    return GoogleModel(model, provider=GoogleProvider(api_key=key, **more))


def _mistral(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.mistral import MistralModel
    from pydantic_ai.providers.mistral import MistralProvider

    return MistralModel(model, provider=MistralProvider(api_key=key, base_url=url))


def _groq(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.groq import GroqModel
    from pydantic_ai.providers.groq import GroqProvider

    return GroqModel(model, provider=GroqProvider(api_key=key, base_url=url))


def _bedrock(model: str, key: str, url: str | None) -> "Model":
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    region = (urlsplit(url).hostname or "").split(".") if url else []
    found = next((part for part in region if part.count("-") >= 2 and part[-1].isdigit()), "us-east-1")
    provider = BedrockProvider(
        api_key=key, base_url=url, region_name=found, aws_connect_timeout=CONNECTING, aws_read_timeout=SILENCE
    )
    # Amazon's library asks three times by itself, whatever the settings of a request say.
    provider.client.meta.events.unregister("needs-retry.bedrock-runtime", unique_id="retry-config-bedrock-runtime")
    return BedrockConverseModel(model, provider=provider)
