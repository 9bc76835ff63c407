"""Snapshot → split → fit → evaluate → report. Models are reached by name through the registry."""
