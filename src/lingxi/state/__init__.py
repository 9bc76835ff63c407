"""Live state: what the changes up to a `seq` say, whatever order they came in. One thread owns it."""
