# Generated from src/openai_agents_session/_async/__init__.py by tools/generate.py; edit that file instead.
