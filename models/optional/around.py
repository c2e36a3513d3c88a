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

from odoo import models

from . import account_move_send, mailing_mailing, res_users

# By model and method: what makes ours of the one that is there.
TABLES = (
    res_users.WRAPPERS,
    mailing_mailing.WRAPPERS,
    account_move_send.WRAPPERS,
)


class ResUsers(models.Model):
    # Any model would do.
    _inherit = "res.users"  # pylint: disable=consider-merging-classes-inherited

    def _register_hook(self):
        """Go around the methods that there are, each once."""
        result = super()._register_hook()
        for model, name, wrap in _list_wrappers():
            cls = self.env.registry.get(model)
            method = getattr(cls, name, None)
            if method and not _is_made_by(wrap, method):
                setattr(cls, name, wrap(method))
        return result

    def _unregister_hook(self):
        for model, name, wrap in _list_wrappers():
            cls = self.env.registry.get(model)
            if cls and _is_made_by(wrap, vars(cls).get(name)):
                delattr(cls, name)
        return super()._unregister_hook()


def _list_wrappers():
    return [
        (model, name, wrap)
        for wrappers in TABLES
        for (model, name), wrap in wrappers.items()
    ]


def _is_made_by(wrap, method):
    return getattr(method, "__module__", "") == wrap.__module__
