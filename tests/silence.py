"""The cheapest media there is, for tests of what doesn't depend on it."""

from __future__ import annotations

import io
import wave


def silence() -> bytes:
    """Return a WAV file of a tenth of a second."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 800, "NONE", ""))
        sound.writeframes(bytes(1600))
    return file.getvalue()
