# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Overrides that go around what the loaded modules make of a method.

A model of a module that may not be installed can't be extended by ``_inherit``. And
where methods don't call ``super()``, an override by inheritance would stand outside
theirs or inside, where it is never called, by the alphabet of the modules' names. So
ours are set on the model's class when all modules are loaded, as base_automation does
it. Not ``create``, ``write`` and ``unlink``: base_automation deletes what it finds
there.
"""


def put_around(registry, wrappers, owner):
    """Go around the methods that there are, each once.

    :param registry: of the database, when all modules are loaded.
    :param dict wrappers: by (model, method): what makes ours of the one that is there.
    :param str owner: the module whose functions ours are, ``__name__``.
    """
    for (model, name), wrap in wrappers.items():
        cls = registry.get(model)
        method = getattr(cls, name, None)
        if method and not _is_of(method, owner):
            setattr(cls, name, wrap(method))


def take_off(registry, wrappers, owner):
    """Undo :func:`put_around`."""
    for model, name in wrappers:
        cls = registry.get(model)
        if cls and _is_of(vars(cls).get(name), owner):
            delattr(cls, name)


def _is_of(method, owner):
    return getattr(method, "__module__", "") == owner
