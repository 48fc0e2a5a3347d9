"""Colleagues named in internal notes: told where they may see the case, and read by them in one list."""
