"""What two services already share."""
