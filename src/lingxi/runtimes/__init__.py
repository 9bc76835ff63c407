"""How a learnt thing answers without torch: one file per kind of inference.

Each offers `load(folder, component, ids) -> Runtime`, where `ids` maps the shop's item ids to its item numbers.
"""
