"""How fast the simulation is, and how far from what the machine can do: `python -m benchmarks`."""
