"""Where the quarantine is kept."""
