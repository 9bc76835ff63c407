"""A shop's own files as events, items and users: looked at first, read by a mapping, line by line accounted for."""
