"""batchff against an account that costs money: the same commands that a user gives.

    BATCHFF_LIVE_PROFILE=studio pytest -m live -n0 -v

The profile is one of the user's own, whatever its way to sign in. BATCHFF_LIVE_VM_SIZE is the size
of the nodes, Standard_D2s_v5 unless it's given. Their numbers are the suite's: one at a time.

What it costs: about one node-hour, and a quarter of a Spot node's, of that size; some megabytes of
blobs for that time, and some thousand requests. What it takes: about an hour and a half, half an
hour of which a pool is watched while it goes to no nodes by itself. Both are estimates, of 5 to 10
minutes until a node is ready, as nobody has run it on Azure yet.

All that a run makes has `batchff-live-` and the run's own number in its name, the containers as
well, and is removed at its end, also after failures: the last test fails where something stays.
A run that was killed leaves what `batchff cleanup --all --dry-run` lists, and the next run's first
test names it. So there's one run at a time in an account.

BATCHFF_LIVE_PROFILE=local takes an emulator of the suite's own, and two or three minutes.
"""

from __future__ import annotations
