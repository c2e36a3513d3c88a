"""What the environment raises."""


class SetupError(Exception):
    """The environment can't be made; the text says what to do about it."""
