"""Service-recovery records (domain §6, SE-AM 5.1): what went wrong, what is done about it, and whether it was done."""
