"""The documented system parameters and the main company's alias domain."""
