"""Photos and documents: typed by content, made harmless, stored outside any web root, given out with scope."""
