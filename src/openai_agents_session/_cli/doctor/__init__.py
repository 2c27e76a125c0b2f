"""What can be wrong with a Redis that keeps conversations: one module for each subject."""
