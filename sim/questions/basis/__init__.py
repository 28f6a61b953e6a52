"""Programmes on a fair basis."""
