"""Where a case belongs, suggested from the enterprise's own past cases."""
