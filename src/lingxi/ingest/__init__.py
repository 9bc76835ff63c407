"""Stage 1: accept, validate, clean. What comes out is ready for the log; what cannot be taken goes to quarantine."""
