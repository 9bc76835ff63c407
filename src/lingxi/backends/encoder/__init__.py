"""Encoders of texts: one file a scheme of the URL that names them."""
