# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from .models.proof.stored import drop_all_raw

WITH_FILES = ["mail.dmarc.report", "mail.test.message", "mail.test.message.leg"]


def post_init_hook(env):
    """Bring the documented parameters and the main company's alias domain together."""
    env["ir.config_parameter"]._join_alias_domain()
    env["mail.mail"]._mark_bulk()
    env["mail.send.counter"]._spare_heavy_senders()


def uninstall_hook(env):
    """Leave nothing behind that only this addon would end or read."""
    env["mail.mail"]._stop_all_waiting()
    env["mail.alias.domain"]._drop_all_drafts()
    env["mail.deliverability.alarm"]._resolve_others("", ())
    drop_all_raw(env, WITH_FILES)
    env["ir.config_parameter"]._remove_own()
