"""Import of staff from a table: read it, say line by line what would change, apply it whole or not at all."""
