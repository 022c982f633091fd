"""A look into media files: done in processes of their own, which a hostile file may crash.

`pool` is for this process, and starts the others. These run `worker`; all other modules here are
theirs, and only they load PyAV.
"""
