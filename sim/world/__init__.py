"""What exists: units, errors, luck, assumptions, scenarios, programmes, the population."""
