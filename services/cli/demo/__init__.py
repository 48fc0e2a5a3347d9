"""`redress demo`: a lived-in system, made by letting ninety days pass through the real use cases."""
