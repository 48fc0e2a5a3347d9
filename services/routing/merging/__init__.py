"""Several cases made one, one made two, and both undone."""
