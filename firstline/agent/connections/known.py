"""The providers of language models, and what each of them needs. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """One provider. ``extra`` is what has to be installed beside Firstline; ``example`` a model's name there."""

    key: str
    name: str
    example: str
    package: str = "openai"
    extra: str = ""
    needs_key: bool = True
    needs_url: bool = False
    hint: str = ""


PROVIDERS: Mapping[str, Provider] = {
    one.key: one
    for one in (
        Provider("openai", "OpenAI", "gpt-5-mini"),
        Provider("anthropic", "Anthropic", "claude-sonnet-4-5", "anthropic", "models"),
        Provider("google", "Google", "gemini-2.5-flash", "google.genai", "models"),
        Provider("mistral", "Mistral", "mistral-medium-latest", "mistralai", "models"),
        Provider("groq", "Groq", "llama-3.3-70b-versatile", "groq", "models"),
        Provider(
            "bedrock", "Amazon Bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "boto3", "models",
            hint="The key is a Bedrock API key; the address names the region, such as https://bedrock-runtime.eu-central-1.amazonaws.com",
        ),
        Provider("openrouter", "OpenRouter", "openai/gpt-5-mini"),
        Provider(
            "ollama", "Ollama", "qwen3:8b", needs_key=False, needs_url=True,
            hint="Such as http://localhost:11434/v1",
        ),
        Provider(
            "compatible", "OpenAI-compatible server", "qwen3-8b", needs_key=False, needs_url=True,
            hint="llama.cpp, vLLM, LM Studio, a gateway: its address up to /v1",
        ),
    )
}  # fmt: skip
"""In the order in which they are offered."""
