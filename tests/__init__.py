"""The addon's tests.

Odoo's loader takes only modules that are bound here under a name ``test_*``.
"""

import importlib
import pkgutil

from . import common  # sets hypothesis up, so it comes first


def _bind(package, prefix=""):
    """Bind each test module of a package here, under a name of its own.

    :raises ImportError: two would have the same name, and one of them would not run.
    """
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        module_name = f"{package.__name__}.{found.name}"
        if found.ispkg:
            folder = importlib.import_module(module_name)
            _bind(folder, f"{prefix}{found.name}_")
        elif found.name.startswith("test_"):
            bound = f"test_{prefix}{found.name.removeprefix('test_')}"
            if bound in globals():
                raise ImportError(f"{module_name}: there is a {bound} already")
            globals()[bound] = importlib.import_module(module_name)


_bind(importlib.import_module(__name__))
