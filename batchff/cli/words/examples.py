"""The examples in each command's help: what each does, and the line to type."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "": """
        # A folder into H.264; the outputs come to batchff-output/videos-h264
        batchff submit ./videos --preset h264
        # What can be made of a file
        batchff preset list
        # Set up an Azure account; without one, it all runs on this machine
        batchff init
    """,
    "submit": """
        # Two outputs of each file: a film of 720 lines, and sound for speech
        batchff submit ./videos --preset h264-720 --preset speech
        # Only say what it would do, and the most it could cost
        batchff submit ./videos --preset h264 --set crf=20 --spot 8 --dry-run
        # ffmpeg's own arguments
        batchff submit ./videos --suffix .webm -- -c:v libvpx-vp9 -crf 32
    """,
    "inspect": """
        # What is in the files, and what is wrong with them
        batchff inspect ./videos
        # What a preset would make of each
        batchff inspect ./videos --preset h264
        # All that is known, for scripts
        batchff inspect ./videos --json
    """,
    "help": """
        # What there is to read
        batchff help
        # How to write a preset
        batchff help presets
        # Keep the manual page, for: man batchff
        batchff help man > batchff.1
    """,
    "upload": """
        # Send a folder; the last line is the input set
        batchff upload ./videos
        # Send only the films of it, as a set of this name
        batchff upload ./videos --include '*.mov' --to tour
    """,
    "watch": """
        # The newest job
        batchff watch
        # For half an hour at most; the exit code is the job's outcome
        batchff watch videos-b7 --timeout 30m
    """,
    "logs": """
        # Of all that failed in the newest job
        batchff logs
        # Of one file's task, until it ends
        batchff logs videos-b7 day1/a.mov --follow
    """,
    "download": """
        # The newest job's outputs
        batchff download
        # A job's outputs, to a folder
        batchff download videos-b7 --to ./encoded
    """,
    "report": """
        # A page on the newest job, for a browser
        batchff report
        # A row for each file, for a spreadsheet
        batchff report videos-b7 --out videos.csv
        # In words, for a message
        batchff report videos-b7 --out -
    """,
    "cleanup": """
        # What is left, and what it costs
        batchff cleanup --all --dry-run
        # One job with its pool, its inputs and its outputs
        batchff cleanup videos-b7 --pool --inputs --outputs
        # All jobs that have ended, without a question
        batchff cleanup --yes
    """,
    "doctor": """
        # Whether a submit would work
        batchff doctor
        # Whether nodes of another size could run this preset
        batchff doctor --preset h264-nvenc --vm-size Standard_NC4as_T4_v3
    """,
    "init": """
        # Ask for an account's settings
        batchff init
        # Take all from options and the environment
        batchff --batch-account films init studio --auth azure-cli --yes
    """,
    "job": """
        # The jobs, the newest first
        batchff job list
        # What failed in one, and why
        batchff job show videos-b7
    """,
    "job list": """
        # The jobs that batchff made
        batchff job list
        # All jobs of the account, for scripts
        batchff job list --all --json
    """,
    "job show": """
        # Its tasks, why they failed, and its node-hours
        batchff job show videos-b7
        # The same for scripts
        batchff job show videos-b7 --json
    """,
    "job retry": """
        # What failed, again
        batchff job retry videos-b7
        # On larger nodes, and with more time
        batchff job retry videos-b7 --vm-size Standard_D16s_v5 --task-timeout 48h
    """,
    "job stop": """
        # Stop it; what is done can still be downloaded
        batchff job stop videos-b7
        # Without a question
        batchff job stop videos-b7 --yes
    """,
    "job delete": """
        # Delete it; its files stay
        batchff job delete videos-b7
        # Without a question
        batchff job delete videos-b7 --yes
    """,
    "job submit": """
        # The files of an input set, on the pool of 'pool create'
        batchff job submit --input videos-b7 --preset h264
        # ffmpeg's own arguments, on this pool
        batchff job submit --input tour --pool big --suffix .mkv -- -c copy
    """,
    "pool": """
        # The pools, and how many nodes each has
        batchff pool list
        # Why nodes are missing
        batchff pool show videos-b7
    """,
    "pool create": """
        # Eight Spot nodes; wait until one is ready
        batchff pool create --spot 8 --wait
        # A pool of this name, with larger nodes
        batchff pool create big --vm-size Standard_D16s_v5 --nodes 2
    """,
    "pool list": """
        # The pools that batchff made
        batchff pool list
        # All pools of the account, for scripts
        batchff pool list --all --json
    """,
    "pool show": """
        # Its nodes, what is wrong with them, and its jobs
        batchff pool show videos-b7
        # The same for scripts
        batchff pool show videos-b7 --json
    """,
    "pool resize": """
        # Twenty Spot nodes
        batchff pool resize big --spot 20
        # No nodes, so that it costs nothing
        batchff pool resize big --nodes 0 --spot 0
    """,
    "pool delete": """
        # Delete it with its nodes
        batchff pool delete big
        # Without a question
        batchff pool delete big --yes
    """,
    "pool images": """
        # The images that are supported
        batchff pool images
        # Those that aren't verified, or have ended, too
        batchff pool images --all
    """,
    "profile": """
        # Each setting, and where it comes from
        batchff profile show
        # Another default
        batchff profile use studio
    """,
    "profile list": """
        # The names; the default is marked
        batchff profile list
        # For scripts
        batchff profile list --json
    """,
    "profile show": """
        # The one that is used
        batchff profile show
        # Another one
        batchff profile show studio
    """,
    "profile set": """
        # Where the account is
        batchff profile set studio batch_account=films storage_account=films
        # A secret: it asks for it, and the system's keyring keeps it
        batchff profile set studio batch_key --keyring
        # Another default for all pools
        batchff profile set studio pool.spot=8
    """,
    "profile unset": """
        # Back to the default
        batchff profile unset studio pool.spot
        # A secret, also in the keyring
        batchff profile unset studio batch_key
    """,
    "profile use": """
        # Use it from now on
        batchff profile use studio
        # Use the emulator from now on
        batchff profile use local
    """,
    "profile remove": """
        # Remove its settings; the account stays as it is
        batchff profile remove studio
        # The same for scripts
        batchff profile remove studio --json
    """,
    "profile path": """
        # Where the profile file is
        batchff profile path
        # For scripts
        batchff profile path --json
    """,
    "preset": """
        # What can be made
        batchff preset list
        # What one makes, and its parameters
        batchff preset show h264
    """,
    "preset list": """
        # All presets, your own too
        batchff preset list
        # With their parameters, for scripts
        batchff preset list --json
    """,
    "preset show": """
        # What it promises, and the commands it runs
        batchff preset show h264 --set crf=20
        # Make one of your own of it
        batchff preset show h264 --toml
    """,
    "preset check": """
        # Read it, and try it
        batchff preset check ./mine.toml
        # Read it only
        batchff preset check ./mine.toml --no-try
    """,
    "preset path": """
        # Where your own are looked for
        batchff preset path
        # For scripts
        batchff preset path --json
    """,
    "schema": """
        # Of all lines, as one document
        batchff schema
        # Of one event
        batchff schema task.failed
        # Of the data in one command's result
        batchff schema job show
    """,
    "emulator": """
        # Whether it runs, and where it answers
        batchff emulator status
        # Stop it; what it stores stays
        batchff emulator stop
    """,
    "emulator start": """
        # Until it's stopped
        batchff emulator start --idle 0
        # A simulation with Spot nodes that are preempted twice an hour
        batchff emulator start --simulate --preemptions 2 --clock-speed 60
    """,
    "emulator stop": """
        # Stop it; what it stores stays
        batchff emulator stop
        # The one on another folder
        batchff emulator stop --root ./emulator
    """,
    "emulator status": """
        # Whether it runs, and where it answers
        batchff emulator status
        # For scripts
        batchff emulator status --json
    """,
    "emulator env": """
        # As shell exports, for other Azure programs
        batchff emulator env
        # As one JSON object
        batchff emulator env --json
    """,
    "emulator token": """
        # Print a token for Batch, signed by a key that is made if it isn't there
        batchff emulator token --token-key key.pem
        # One for Blob Storage, for ten minutes
        batchff emulator token --token-key key.pem --for storage --lifetime 10m
    """,
    "emulator preempt": """
        # Take a Spot node away for a minute
        batchff emulator preempt NODE
        # For ten minutes, as 'pool show' names it
        batchff emulator preempt NODE --return-after 10m
    """,
    "emulator reset": """
        # Remove all that it stores
        batchff emulator reset
        # Without a question
        batchff emulator reset --yes
    """,
}
"""By the command's words after `batchff`; the empty one is `batchff` itself."""


def example_lines(command: str) -> list[str]:
    """Return the lines of a command's examples; `command` is its words after `batchff`."""
    return inspect.cleandoc(EXAMPLES.get(command, "")).splitlines()
