"""How people behave: pure scalar functions, one idea each."""
