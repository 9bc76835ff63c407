"""Cleaning rules, one a file: a function for one record and column expressions for many, tested to agree."""
