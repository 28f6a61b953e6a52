"""The twelve patterns that the evidence asks of the model: what they are, how they are measured."""
