"""Secrets are taken out of every text that leaves the program."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"""(?ix)
    (
      \bsig=                                              # a SAS
    | \b(?:AccountKey|SharedAccessSignature)=             # a connection string
    | \bSharedKey(?:Lite)?\ [^:\s]+:                      # an Authorization header
    | \bBearer\s+
    )
    [^&;\s'"<>]+
    """
)


def redact(text: str) -> str:
    """Return the text with signatures, keys and tokens replaced by `REDACTED`."""
    return _SECRETS.sub(r"\1REDACTED", text)
