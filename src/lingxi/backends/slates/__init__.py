"""Where slates are kept."""
