"""What programmes do on one market."""
