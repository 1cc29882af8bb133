"""A mail as it is shown."""

from dataclasses import dataclass

from firstline.console.view.common import When


@dataclass(frozen=True)
class LetterView:
    """The page of one mail. ``show_images`` is where images from elsewhere are shown, empty if there is nothing to show."""

    title: str
    sender: str
    copies: str
    at: When
    warnings: tuple[str, ...]
    frame: str
    back: str
    show_images: str
