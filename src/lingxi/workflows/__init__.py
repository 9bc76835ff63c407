"""Ways through several stages, one file each: the only code that combines stages."""
