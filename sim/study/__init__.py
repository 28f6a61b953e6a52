"""Many runs: experiment, indicators, comparison, result folder."""
