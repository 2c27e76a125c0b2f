"""The command line, which uses the public names of the package alone."""
