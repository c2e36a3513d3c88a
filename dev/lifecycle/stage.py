# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Runs in Odoo's shell: plays one stage of one life.

Environment: LIFE ("upgrade:Upgrade"), STAGE, and FOLDERS with the modules needed.
"""

import importlib
import os
import sys

# At the end: the tests have folders named like packages, dns among them.
sys.path += os.environ["FOLDERS"].split(os.pathsep)
module, _, name = os.environ["LIFE"].partition(":")
life = getattr(importlib.import_module(module), name)(globals()["env"])
life.play(os.environ["STAGE"])
