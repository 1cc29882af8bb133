"""Model files: fetched, turned into what the embedder loads, checked."""

from pathlib import Path

from firstline.kit.fetch import File, Progress, fetching, manifest
from firstline.knowledge.models import minilm
from firstline.knowledge.models.proof import prove
from firstline.settings import Settings

TOKENIZER = "all-minilm-l6-v2/tokenizer.json"
WEIGHTS = "all-minilm-l6-v2/model.safetensors"
MODEL = "all-minilm-l6-v2/model-int8.onnx"

_BUILT = File(MODEL, "85407128a21b087834fb62475c354b63854c7b88af21e9ccb5570deda164a225", 23502044, ())
"""The file that :func:`minilm.build` makes of the weights: the same bytes on every machine."""


def present(folder: Path) -> bool:
    """Whether all model files are there and right; asks nobody."""
    return manifest()[TOKENIZER].present(folder) and _BUILT.present(folder)


def ensure_models(settings: Settings, progress: Progress | None = None) -> Path:
    """Make sure that the model files are in ``settings.models``; the folder may be shared by several installations.

    Weights are fetched (91 MB), turned into int8 (23 MB) and removed again.

    :raises FetchFailed: if they cannot be had, saying what was tried and what to do.
    """
    folder = settings.models.expanduser()
    if present(folder):
        return folder
    files = manifest()
    with fetching(folder, progress) as fetcher:
        if not present(folder):
            weights = fetcher.get(files[WEIGHTS])
            fetcher.get(files[TOKENIZER])
            _build(weights, folder)
            weights.unlink()
    return folder


def _build(weights: Path, folder: Path) -> None:
    part = folder / f"{MODEL}.part"
    part.write_bytes(minilm.build(minilm.read_safetensors(weights.read_bytes())))
    prove(part, folder / TOKENIZER)
    part.replace(folder / MODEL)
