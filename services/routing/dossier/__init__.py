"""Everything there is of a case, in one file for a body outside (ISO 10003)."""
