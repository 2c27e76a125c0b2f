"""What the Agents SDK asks of a session."""
