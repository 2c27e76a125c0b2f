"""The measurements for the documentation, and the scripts that make them."""
