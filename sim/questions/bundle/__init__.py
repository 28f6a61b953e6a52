"""A study sealed, and checked by others."""
