"""Incoming mail: the one door in, and who has really written."""
