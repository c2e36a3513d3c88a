"""The development environment. Runs on the system's Python with nothing installed."""
