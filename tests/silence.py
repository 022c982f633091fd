"""The cheapest media there is, for tests of what doesn't depend on it."""

from __future__ import annotations

import io
import wave


def silence(seconds: float = 0.1) -> bytes:
    """Return a WAV file."""
    frames = round(8000 * seconds)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, frames, "NONE", ""))
        sound.writeframes(bytes(2 * frames))
    return file.getvalue()
