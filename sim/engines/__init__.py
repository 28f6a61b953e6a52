"""One month, walked over agents; every engine fills the same outcome."""
