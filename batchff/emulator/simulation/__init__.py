"""A simulation: tasks don't run, but take a random time and have a random outcome."""
