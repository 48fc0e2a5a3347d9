"""Complaints by e-mail: what a message says, where it belongs, and every way by which one comes in."""
