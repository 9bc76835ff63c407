"""How good a ranking is: one file per family. The same code judges offline and online."""
