"""One file a feature: how an event changes it AND how a request reads it. Training and serving cannot differ."""
