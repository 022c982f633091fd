"""Two cleanups, and people who make, change and remove things before, between and within them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from azure.batch import models
from azure.core.credentials import AzureNamedKeyCredential
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchff.cloud.batch import Batch
from batchff.events import Event
from batchff.pipeline.leftovers import Leftovers
from tests.emulator.running import Connection, running_service
from tests.pipeline.accounts import Account
from tests.pipeline.recorder import Recorder
from tests.storage_servers import StorageServer

JOBS = ("job-a", "job-b")
POOLS = ("pool-a", "pool-b")
INPUTS = ("set/a.mp4", "set/b.mp4", "theirs.mp4")
# Of two folders that belong to jobs which were removed before.
SCRIPTS = ("old/node/encode.sh", "older/node/encode.sh")
OUTPUTS = ("old/media/a.mp3", "old/logs/t/stderr.txt", "older/media/a.mp3", "loose.mp3")


@dataclass(frozen=True)
class Thing:
    """Something that stands in the account; `made` tells it from others of its name."""

    made: int
    ours: bool


Key = tuple[str, str]
"""A kind of thing, or the container it's in, and its name."""


@dataclass
class World:
    """The account, and what should stand in it."""

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

    def standing(self) -> dict[Key, int]:
        """What really stands."""
        kinds = {"job": self.account.jobs(), "pool": self.account.pools()}
        for container in (self.account.inputs, self.account.outputs):
            kinds[container] = self.account.stored(container)
        return {(kind, name): made for kind, all_ in kinds.items() for name, made in all_.items()}

    def see(self) -> None:
        """Forget what a cleanup has removed."""
        standing = self.standing()
        self.things = {
            key: thing for key, thing in self.things.items() if standing.get(key) == thing.made
        }

    def is_ours(self, key: Key) -> bool:
        """Whether a thing is batchff's: outputs are where their job's script is."""
        kind, name = key
        script = (kind, f"{name.partition('/')[0]}/node/encode.sh")
        marked = kind == self.account.outputs and script in self.things
        return self.things[key].ours or (marked and self.things[script].ours)


Action = tuple[str, int]
ACTIONS = st.tuples(
    st.sampled_from(["make", "make theirs", "make again", "remove"]), st.integers(0, 99)
)


@dataclass
class Listing:
    """What a cleanup has listed, and all that stood then."""

    found: Leftovers
    ours: dict[Key, Thing]


class Interleaved(RuleBasedStateMachine):
    """Nothing of others is ever removed; what was listed and is unchanged is gone in the end."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.world = World(account)
        self.listings: list[Listing] = []
        inputs, outputs = account.inputs, account.outputs
        self.keys: list[Key] = [
            *(("job", name) for name in JOBS),
            *(("pool", name) for name in POOLS),
            *((inputs, name) for name in INPUTS),
            *((outputs, name) for name in (*SCRIPTS, *OUTPUTS)),
        ]

    @initialize(made=st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=8))
    def somebody_has_made(self, made: list[tuple[int, bool]]) -> None:
        for number, ours in made:
            self.world.make(self._key(number), ours)

    def teardown(self) -> None:
        self.world.account.wipe()

    @rule(number=st.integers(0, 99), ours=st.booleans())
    def somebody_makes(self, number: int, ours: bool) -> None:
        self.world.make(self._key(number), ours)

    @rule(number=st.integers(0, 99))
    def somebody_removes(self, number: int) -> None:
        self.world.remove(self._key(number))

    @rule(number=st.integers(0, 99))
    def a_job_goes_on(self, number: int) -> None:
        self.world.change(("job", JOBS[number % len(JOBS)]))

    @precondition(lambda self: len(self.listings) < 2)
    @rule()
    def a_cleanup_lists(self) -> None:
        world = self.world
        ours = {key: thing for key, thing in world.things.items() if world.is_ours(key)}
        self.listings.append(Listing(world.account.find(), ours))

    @rule(
        which=st.integers(0, 1),
        between=st.lists(ACTIONS, max_size=4),
        within=st.dictionaries(st.integers(1, 5), ACTIONS),
    )
    def a_cleanup_removes(
        self, which: int, between: list[Action], within: dict[int, Action]
    ) -> None:
        """The one that was listed before, or a new one."""
        world = self.world
        if not self.listings:
            self.a_cleanup_lists()
        listing = self.listings.pop(which % len(self.listings))
        for action in between:
            self._act(action, listing)
        told = 0

        def react(event: Event) -> None:
            nonlocal told
            told += 1
            if told in within:
                world.see()
                self._act(within[told], listing)

        world.account.remove(listing.found, Recorder(react))

        standing = world.standing()
        for key, thing in world.things.items():
            if listing.ours.get(key) != thing:
                assert standing.get(key) == thing.made, f"{key} was removed: {thing}"
            elif standing.get(key) == thing.made:
                assert self._may_stay(key), f"{key} is left: {thing}"
        world.see()

    def _act(self, action: Action, listing: Listing) -> None:
        """Do something to what was listed or, every third time, to anything."""
        what, number = action
        keys = sorted(listing.ours) if number % 3 and listing.ours else self.keys
        key = keys[number % len(keys)]
        if what in ("remove", "make again"):
            self.world.remove(key)
        if what != "remove":
            self.world.make(key, what != "make theirs")

    def _may_stay(self, key: Key) -> bool:
        """An output whose script went, and a script that isn't the only thing in its folder."""
        kind, name = key
        if kind != self.world.account.outputs:
            return False
        if name in SCRIPTS:
            return any(
                other != name and other.startswith(f"{name.partition('/')[0]}/")
                for place, other in self.world.standing()
                if place == kind
            )
        return not self.world.is_ours(key)

    def _key(self, number: int) -> Key:
        return self.keys[number % len(self.keys)]


@pytest.fixture
def account(
    tmp_path_factory: pytest.TempPathFactory, emulated_storage: StorageServer
) -> Iterator[Account]:
    with running_service(tmp_path_factory.mktemp("emulator")) as service:
        yield account_of(service, emulated_storage)


def account_of(service: Connection, server: StorageServer) -> Account:
    credential = service.identity.batch
    return Account.of(
        Batch(service.batch_endpoint, AzureNamedKeyCredential(credential.name, credential.key)),
        server.storage(),
        service.client(),
        server.server.client(),
    )


def test_in_every_order_of_events_only_what_was_listed_goes(account: Account) -> None:
    class InAccount(Interleaved):
        def __init__(self) -> None:
            super().__init__(account)

    run_state_machine_as_test(
        InAccount,
        settings=settings(
            max_examples=8,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
