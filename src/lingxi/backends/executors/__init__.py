"""Who works: processes of this machine, or a cluster."""
