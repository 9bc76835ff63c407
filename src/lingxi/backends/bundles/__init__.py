"""Where bundles are kept."""
