"""What learns: one file per recommender. Each offers `Config` and `build(config, seed) -> Model` (ports/model.py).

Reached only by name through the registry, in a training process: nothing that serves imports this.
"""
