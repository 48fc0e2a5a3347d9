"""Telephone, letters and walk-ins: calls as the switchboard tells them, what staff type in, and calling back."""
