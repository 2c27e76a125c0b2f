"""What the project needs to build itself; never shipped in a wheel."""
