"""The version of partnersim: the package, results and documents take theirs from here."""

__version__ = "0.2.0.dev0"
