"""Measurements: what the documentation says in numbers, and the scripts that measure it."""
