"""Which assumptions decide."""
