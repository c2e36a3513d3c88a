"""All checks of one domain."""
