"""Tools to build the project; not shipped in the wheel."""
