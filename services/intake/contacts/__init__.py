"""Contacts at rest: sealed with a key of their own, found by keyed digests, sealed again when the key is exchanged."""
