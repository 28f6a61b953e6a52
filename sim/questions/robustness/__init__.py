"""In how many worlds an answer holds."""
