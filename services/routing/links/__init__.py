"""Cases that belong together: linked by people, alike by place and words, or the same trouble again."""
