"""Why it went so for somebody."""
