"""Two cleanups, and people who make, change and remove things before, between and within them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from azure.batch import models
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchff.events import Event
from batchff.pipeline.cleanup.scope import Found
from tests.emulator.blob.servers import BlobServer, running_emulator
from tests.emulator.running import Connection, running_service
from tests.pipeline.cleanup.accounts import Account
from tests.pipeline.recorder import Recorder

JOBS = ("job-a", "job-b")
POOLS = ("pool-a", "pool-b")
INPUTS = ("set/a.mp4", "set/b.mp4", "theirs.mp4")
# Of two folders that belong to jobs which were removed before.
SCRIPTS = ("old/node/encode.sh", "older/node/encode.sh")
OUTPUTS = ("old/media/a.mp3", "old/logs/t/stderr.txt", "older/media/a.mp3", "loose.mp3")


@dataclass(frozen=True)
class Thing:
    """Something in the account; `made` tells it from others of its name."""

    made: int
    ours: bool


Key = tuple[str, str]
"""A kind of thing, or the container it's in, and its name."""


@dataclass
class World:
    """The account, and what should be in it."""

    account: Account
    things: dict[Key, Thing] = field(default_factory=dict)
    made: int = 0

    def make(self, key: Key, ours: bool) -> None:
        """Make a job or a pool, or make or replace a blob."""
        kind, name = key
        if key in self.things and kind in ("job", "pool"):
            return
        self.made += 1
        if kind == "job":
            self.account.make_job(name, ours=ours, made=self.made)
        elif kind == "pool":
            self.account.make_pool(name, ours=ours, made=self.made)
        else:
            self.account.make_container(kind)
            self.account.put(kind, name, ours=ours, made=self.made)
        self.things[key] = Thing(self.made, ours)

    def remove(self, key: Key) -> None:
        """Remove a thing as another program does."""
        if key not in self.things:
            return
        kind, name = key
        if kind == "job":
            self.account.client.begin_delete_job(name, polling_interval=0).wait()
        elif kind == "pool":
            self.account.client.begin_delete_pool(name, polling_interval=0).wait()
        else:
            self.account.blobs.get_blob_client(kind, name).delete_blob()
        del self.things[key]

    def change(self, key: Key) -> None:
        """Change a job's or a pool's version, not what it is."""
        kind, name = key
        if key in self.things and kind == "job":
            self.made += 1
            self.account.client.update_job(name, models.BatchJobUpdateOptions(priority=self.made))

    def existing(self) -> dict[Key, int]:
        """What really exists."""
        kinds = {"job": self.account.jobs(), "pool": self.account.pools()}
        for container in (self.account.inputs, self.account.outputs):
            kinds[container] = self.account.stored(container)
        return {(kind, name): made for kind, all_ in kinds.items() for name, made in all_.items()}

    def is_ours(self, key: Key) -> bool:
        """Whether a thing is batchff's: outputs are where their job's script is."""
        kind, name = key
        script = (kind, f"{name.partition('/')[0]}/node/encode.sh")
        marked = kind == self.account.outputs and script in self.things
        return self.things[key].ours or (marked and self.things[script].ours)


Action = tuple[str, int]
ACTIONS = st.tuples(
    st.sampled_from(["make", "make theirs", "make again", "remove", "change"]), st.integers(0, 99)
)


@dataclass(frozen=True)
class Listing:
    """What a cleanup has listed, and what was batchff's then."""

    found: Found
    ours: dict[Key, Thing]


@dataclass
class Story:
    """Two cleanups in a world where others are at work."""

    world: World
    keys: list[Key]
    begun: list[Listing] = field(default_factory=list)
    """What the cleanups so far may have removed."""

    def list(self) -> Listing:
        world = self.world
        ours = {key: thing for key, thing in world.things.items() if world.is_ours(key)}
        return Listing(world.account.find(), ours)

    def act(self, action: Action, listing: Listing) -> None:
        """Do something to what was listed or, every third time, to anything."""
        what, number = action
        keys = sorted(listing.ours) if number % 3 and listing.ours else self.keys
        key = keys[number % len(keys)]
        if what == "change":
            self.world.change(key)
        if what in ("remove", "make again"):
            self.world.remove(key)
        if what.startswith("make"):
            self.world.make(key, what != "make theirs")

    def clean(self, listing: Listing, within: Mapping[int, Action | Listing]) -> None:
        """Remove what was listed; at its events, the others act, or clean up as well.

        Nothing of others is ever removed. What was listed and is unchanged is gone in the end, if
        it was batchff's all the while: an output isn't, once another program has removed the
        script beside it.
        """
        world = self.world
        told = 0
        not_ours: set[Key] = set()

        def note_what_isnt_ours() -> None:
            not_ours.update(key for key in world.things if not world.is_ours(key))

        def react(event: Event) -> None:
            nonlocal told
            told += 1
            action = within.get(told)
            if isinstance(action, Listing):
                self.clean(action, {})
            elif action is not None:
                self.see()
                note_what_isnt_ours()
                self.act(action, listing)
            note_what_isnt_ours()

        self.begun.append(listing)
        note_what_isnt_ours()
        world.account.remove(listing.found, Recorder(react))

        existing = self.see()
        note_what_isnt_ours()
        for key, thing in world.things.items():
            if listing.ours.get(key) == thing and key not in not_ours:
                assert self._may_stay(key, existing), f"{key} is left: {thing}"

    def see(self) -> dict[Key, int]:
        """Look at what exists, and hold what doesn't to have been listed as it was."""
        existing = self.world.existing()
        for key, thing in list(self.world.things.items()):
            if existing.get(key) != thing.made:
                was_listed = any(listing.ours.get(key) == thing for listing in self.begun)
                assert was_listed, f"{key} was removed: {thing}"
                del self.world.things[key]
        return existing

    def _may_stay(self, key: Key, existing: Mapping[Key, int]) -> bool:
        """Whether it's a script that isn't the only thing in its folder."""
        kind, name = key
        folder = f"{name.partition('/')[0]}/"
        return (kind == self.world.account.outputs and name in SCRIPTS) and any(
            other != name and other.startswith(folder) for place, other in existing if place == kind
        )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Connection]:
    with running_service(tmp_path / "emulator") as service:
        yield service


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[BlobServer]:
    with running_emulator(tmp_path / "blobs") as server:
        yield server


@given(
    made=st.lists(st.tuples(st.integers(0, 99), st.booleans()), min_size=4, max_size=12),
    before=st.lists(ACTIONS, max_size=3),
    between=st.lists(ACTIONS, min_size=1, max_size=4),
    within=st.dictionaries(st.integers(1, 5), ACTIONS | st.just(None), max_size=4),
)
# The script that marks an output is gone when its folder is cleaned up, and made again after that.
@example(
    made=[(0, True), (24, False), (0, False), (0, False), (0, False), (8, True), (22, True)],
    before=[],
    between=[("make", 0), ("make", 0), ("make", 0), ("remove", 55)],
    within={2: ("make", 23)},
)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_in_every_order_of_events_only_what_was_listed_goes(
    made: list[tuple[int, bool]],
    before: list[Action],
    between: list[Action],
    within: dict[int, Action | None],
    service: Connection,
    blobs: BlobServer,
) -> None:
    account = Account.of(service, blobs)
    story = Story(
        World(account),
        [
            *(("job", name) for name in JOBS),
            *(("pool", name) for name in POOLS),
            *((account.inputs, name) for name in INPUTS),
            *((account.outputs, name) for name in (*SCRIPTS, *OUTPUTS)),
        ],
    )
    try:
        for number, ours in made:
            story.world.make(story.keys[number % len(story.keys)], ours)
        first = story.list()
        for action in before:
            story.act(action, first)
        second = story.list()
        for action in between:
            story.act(action, first)
        # Where nobody else acts within the first cleanup, the second one does.
        story.clean(first, {at: action or second for at, action in within.items()})
        story.clean(second, {})
    finally:
        account.wipe()
