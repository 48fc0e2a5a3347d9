"""People and their data: requests to see, correct or erase it, what is kept by schedule, and who is the same person."""
