"""The compiled engine: the Mesa model's months over rows, by the same rules, to the last bit."""
