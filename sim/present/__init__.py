"""Words and pictures from stored results."""
