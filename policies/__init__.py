"""What a partner contract says: one policy a file, over the contract in `policies.contract`."""

from partnersim import warn_of_strangers

warn_of_strangers()
