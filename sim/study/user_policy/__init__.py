"""A user's own policy: read from a file, made in Python, and checked."""
