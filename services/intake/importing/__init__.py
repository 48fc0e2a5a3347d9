"""Bringing in complaints that were handled elsewhere: a mapping file says what each column means."""
