"""Building blocks of torch: nets, losses, precision. Imported by models only, in a training process."""
