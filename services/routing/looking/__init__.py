"""Who else has a case open, and what they are writing there."""
