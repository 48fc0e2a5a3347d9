"""The five services of Redress, and the kit they share."""

__version__ = "0.1.0"
