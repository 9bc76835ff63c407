"""What a backend must offer: small Protocols. A backend is one file in `backends/<port>/`, named by its URL scheme."""
