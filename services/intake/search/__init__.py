"""Finding the cases of a person."""
