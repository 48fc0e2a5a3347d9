"""Sessions of staff: where somebody is signed in, and how that is ended."""
