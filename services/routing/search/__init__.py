"""Full-text search over what routing holds of a case, in Thai and English."""
