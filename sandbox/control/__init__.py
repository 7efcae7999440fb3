"""The control plane: `/_sandbox/`, its own bearer token, JSON in and out. Tests steer the world through it."""
