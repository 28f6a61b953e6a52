"""Many runs: experiment, indicators, differences, result folder."""
