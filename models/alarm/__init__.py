"""How administrators are told."""
