"""Duty: what happens to open cases while their owner is away, and how much each officer has to do."""
