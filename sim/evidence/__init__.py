"""Questions asked of many worlds: what holds over all that is plausible, and what would turn it."""
