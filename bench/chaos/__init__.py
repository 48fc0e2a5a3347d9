"""Redress under faults: real PostgreSQL, real Kafka, each service its own process, and what can go wrong with them."""
