"""Backup of a running system into one file, and its restoration into a new place."""
