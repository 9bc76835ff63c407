"""What a shop's own data says: a picture of the log, and subjects that each look at it from one side."""
