"""What keeps the data: `<port>/<URL scheme>.py`, one file a backend. Only `app` names one."""
