# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addon's tests.

Odoo's loader takes only modules that are bound here under a name ``test_*``.
"""

import importlib
import pkgutil

from . import common  # sets hypothesis up, so it comes first


def bind_modules(package, names, prefix=""):
    """Bind each test module of a package under a name that no other one has.

    :param package: the package, whose folders are looked through as well.
    :param dict names: where to bind them, such as the globals of this module.
    :param prefix: the folders that lead to the package.
    :raises ImportError: two would have the same name, and one of them would not run.
    """
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        module_name = f"{package.__name__}.{found.name}"
        if found.ispkg:
            folder = importlib.import_module(module_name)
            bind_modules(folder, names, f"{prefix}{found.name}_")
        elif found.name.startswith("test_"):
            bound = f"test_{prefix}{found.name.removeprefix('test_')}"
            if bound in names:
                raise ImportError(f"{module_name}: there is a {bound} already")
            names[bound] = importlib.import_module(module_name)


bind_modules(importlib.import_module(__name__), globals())
