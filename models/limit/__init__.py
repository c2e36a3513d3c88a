"""How much may leave a day, and what waits."""
