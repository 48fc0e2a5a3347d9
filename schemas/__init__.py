"""The contracts: events, the envelope and the policy document. Imports only pydantic and the standard library."""
