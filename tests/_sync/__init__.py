# Generated from tests/_async/__init__.py by tools/generate.py; edit that file instead.
