"""Which image a pool's nodes are made of: one of those that the service says it supports.

That list is described with "Supported Images - List" of the Batch service's REST API.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from batchff.errors import NotFoundError, PoolError
from batchff.model.pools import Image
from batchff.rules import AUTO, check_image

_SOON = timedelta(days=183)
_CONTAINERS = "DockerCompatible"
# Those of even years that came in April.
_UBUNTU_LTS = re.compile(r"batch\.node\.ubuntu (\d[02468])\.04", re.ASCII)
_OTHER_EDITIONS = re.compile(r"arm64|minimal|pro|cvm|fips|daily", re.ASCII)
_NEAR = 3


def choose_image(
    name: str, images: Iterable[Image], now: datetime, *, for_containers: bool = False
) -> Image:
    """Return the image of this name, or the one that `auto` means.

    A name with a version gives the image of that version. Raises UsageError for what is no name,
    NotFoundError where there is no such image, PoolError for one that can't be used (any more).
    """
    if name.lower() == AUTO:
        return _newest_ubuntu(images, now, for_containers)
    check_image(name)
    publisher, offer, sku, *version = name.split(":")
    image = _find(f"{publisher}:{offer}:{sku}", tuple(images))
    if has_ended(image, now):
        raise PoolError(
            f"no pool can be made of image {image.name!r} any more: "
            f"its support ended on {image.end_of_life:%Y-%m-%d}",
            hint="take --image auto, or one of: batchff pool images",
        )
    if for_containers and _CONTAINERS not in image.capabilities:
        raise PoolError(
            f"image {image.name!r} doesn't run containers",
            hint="take --image auto with --container-image",
        )
    return replace(image, version=version[0]) if version else image


def image_warnings(image: Image, now: datetime) -> list[str]:
    """Return warnings about an image that a pool is to have."""
    warnings = []
    if image.end_of_life is not None and image.end_of_life - now < _SOON:
        warnings.append(
            f"the support of image {image.name} ends on {image.end_of_life:%Y-%m-%d}: "
            "from then on no pool can be made of it"
        )
    if not image.verified:
        warnings.append(f"image {image.name} isn't verified to work with the service")
    return warnings


def has_ended(image: Image, now: datetime) -> bool:
    """Return whether the service's support of an image is over."""
    return image.end_of_life is not None and image.end_of_life <= now


def _newest_ubuntu(images: Iterable[Image], now: datetime, for_containers: bool) -> Image:
    """Verified ones come before newer ones that aren't."""
    fitting = [
        image
        for image in images
        if _UBUNTU_LTS.fullmatch(image.agent)
        and not has_ended(image, now)
        and not _OTHER_EDITIONS.search(f"{image.offer} {image.sku}".lower())
        and (_CONTAINERS in image.capabilities if for_containers else _is_plain_server(image))
    ]
    if not fitting:
        raise PoolError(
            "the Batch account has no Ubuntu LTS image" + " for containers" * for_containers,
            hint="name one with --image; see: batchff pool images",
        )
    return max(fitting, key=lambda image: (image.verified, image.agent, -len(image.sku), image.sku))


def _is_plain_server(image: Image) -> bool:
    name = f"{image.offer} {image.sku}".lower()
    return image.publisher.lower() == "canonical" and "server" in name and "lts" in name


def _find(name: str, images: tuple[Image, ...]) -> Image:
    names = {image.name.lower(): image for image in images}
    if name.lower() in names:
        return names[name.lower()]
    near = difflib.get_close_matches(name.lower(), names, n=_NEAR, cutoff=0.5)
    raise NotFoundError(
        f"the Batch account has no image {name!r}",
        hint=f"near ones: {', '.join(names[each].name for each in near)}"
        if near
        else "take --image auto, or one of: batchff pool images",
    )
