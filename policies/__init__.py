"""What a partner contract says: one policy a file, over the contract in `policies.contract`."""
