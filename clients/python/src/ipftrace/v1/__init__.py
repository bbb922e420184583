"""The contract: generated from proto/ipftrace/v1, not to be edited."""
