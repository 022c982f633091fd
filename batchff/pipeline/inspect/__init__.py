"""Inspection: what is in each file, before anything is made of it."""
