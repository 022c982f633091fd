"""The emulator against the REST description, which stands beside the project, not in it."""
