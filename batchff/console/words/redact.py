"""Remove secrets from every text that leaves the program."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"""(?ix)
    (
      (?: \b | (?<=%26) | (?<=%3F) ) sig (?: = | %3D )    # a SAS, also one inside another URL
    | \b(?:AccountKey|SharedAccessSignature)=             # a connection string
    | \b(?:AZURE|BATCHFF)_[A-Z_]*KEY=['"]?                # the environment
    | \bSharedKey(?:Lite)?\ [^:\s]+:                      # an Authorization header
    | \bBearer\s+(?=[\w.~+/-]{20})                        # a token; less may be a file's name
    )
    [^&;\s'"<>]+
    """
)


def redact(text: str) -> str:
    """Return the text with signatures, keys and tokens replaced by `REDACTED`."""
    return _SECRETS.sub(r"\1REDACTED", text)
