"""Places in Blob storage that a user names: a container, or what is below a prefix in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

SCHEME = "az://"
"""What the address of a place in the profile's own storage account begins with."""

_PLAIN = "/~$"


@dataclass(frozen=True, slots=True)
class BlobPlace:
    """A container, or the blobs below a prefix in it; the prefix may be one blob's whole name.

    `prefix` has no slash at its ends. `endpoint` is the Blob service of another account, which
    `sas` opens; both are empty for the profile's own account. The SAS is a secret: neither
    `address` nor `written` nor the repr has it, and a place is the same with another SAS.
    """

    container: str
    prefix: str = ""
    endpoint: str = ""
    sas: str = field(default="", repr=False, compare=False)

    @property
    def below(self) -> str:
        """What the names of the blobs below it begin with."""
        return f"{self.prefix}/" if self.prefix else ""

    @property
    def address(self) -> str:
        """The place as people write it."""
        if self.endpoint:
            return f"{self.endpoint}/{quote(self._path, safe=_PLAIN)}"
        return SCHEME + self._path

    @property
    def written(self) -> str:
        """The place in ASCII without spaces but one, as metadata can hold it, for `read_place`."""
        path = quote(self._path, safe=_PLAIN)
        return f"{self.endpoint} {path}" if self.endpoint else path

    @property
    def _path(self) -> str:
        return f"{self.container}/{self.prefix}" if self.prefix else self.container

    def url(self, blob: str) -> str:
        """Return the URL by which the SAS lets its bearer at a blob of another account's."""
        return f"{self.endpoint}/{self.container}/{quote(blob, safe='~/')}?{self.sas}"

    def holds(self, other: BlobPlace) -> bool:
        """Return whether another place is below this one, or is this one."""
        same = (self.endpoint, self.container) == (other.endpoint, other.container)
        return same and f"{other.prefix}/".startswith(self.below)


def read_place(written: str) -> BlobPlace | None:
    """Return the place that metadata hold; None where they hold none."""
    endpoint, _, path = written.rpartition(" ")
    container, _, prefix = path.partition("/")
    return BlobPlace(container, unquote(prefix), endpoint) if container else None
