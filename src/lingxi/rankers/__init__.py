"""What learns to correct an order of candidates: one file per ranker, each offers `fit` (lingxi.ports.ranker.Fit).

They are reached by name through the registry, where something is trained; a runtime answers for them.
"""
