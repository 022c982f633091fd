"""A simulation of work: tasks that don't run, but take a drawn time and have a drawn outcome."""
