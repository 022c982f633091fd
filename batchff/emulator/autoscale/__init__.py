"""Autoscale formulas: the language that a pool uses to say how many nodes it wants.

`parse` reads a formula, `evaluate` works it out for a pool's situation. Nothing here knows of HTTP
or of the store: samples and the time are handed in.

Source: the page "Create a formula to automatically scale compute nodes in a Batch pool". Where it
leaves something open, a comment says what was chosen.
"""
