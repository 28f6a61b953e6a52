"""What happens at points of assumptions and terms."""
