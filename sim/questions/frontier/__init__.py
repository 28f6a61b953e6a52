"""Which programmes nobody can improve for one side alone."""
