"""Every message to or from a complainant, and the alerts of staff: one outbox, whatever the channel (ISO 10002 7.3)."""
