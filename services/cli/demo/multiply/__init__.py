"""Multiply what a data folder holds: some hundred handled cases become a hundred thousand, or a million.

Every case is copied many times in every table of every service, set-based, with its times moved by whole weeks, its
words and numbers written anew, and the journals going on where they stood.
"""
