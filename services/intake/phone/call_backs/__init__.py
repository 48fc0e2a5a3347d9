"""Calling back: the task that an unanswered call leaves, its clock, who takes it and what came of it."""
