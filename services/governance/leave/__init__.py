"""Leave of staff and who stands in: noted by themselves or by those who lead them, obeyed by routing and alerts."""
