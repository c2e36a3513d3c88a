# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What travels inside one call, in its context.

A context comes with each call from a client, who may put any key into it. So nothing
is read from a context but instances of these classes: neither JSON nor XML-RPC can make
one.
"""


class Carried:
    """An object that travels in the context; two of them are never equal.

    ``Environment`` hands back an older one whose context is equal: with the object of
    another call in it.
    """

    KEY = ""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def carry(records, value):
    """Return the records with an object in their context.

    :param value: an instance of a subclass of :class:`Carried`.
    """
    return records.with_context(**{value.KEY: value})


def carried(env, kind):
    """Return the object of a kind that travels in a context, None where none does.

    :param kind: a subclass of :class:`Carried`.
    """
    value = env.context.get(kind.KEY)
    return value if isinstance(value, kind) else None
