"""Which clause makes the difference."""
