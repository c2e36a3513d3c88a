"""Names, addresses, and asking for records."""
