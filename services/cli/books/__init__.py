"""The checker of the books: holds what every service shows against what the journals say happened.

It reads only, judges a running system up to where its readers stand, and reads each service from its own database.
"""
