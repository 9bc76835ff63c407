"""Lingxi 灵犀: the real-time recommender that an online shop runs itself."""

__version__ = "0.1.0"
