# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""All that is about modules which may not be installed.

The addon can't depend on them, nor extend a model that only they have. What it knows of
their fields, tables, templates, parameters and methods stands here; the rest asks.
"""
