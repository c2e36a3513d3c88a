# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who has written what waits, in words."""

from odoo.tools import format_list

NAMED = 3


def name_writers(env, partner_ids):
    """Return the names of those who wrote, bounded, "" where nobody is known.

    :param env: in the reader's language.
    :param partner_ids: whom to name first comes first.
    """
    partners = env["res.partner"].sudo().browse(partner_ids)
    # What Odoo writes by itself, nobody wrote.
    people = (partners - env.ref("base.partner_root")).exists()
    names, others = people[:NAMED].mapped("name"), len(people) - NAMED
    names = [name for name in names if name]
    if others > 0:
        names.append(env._("%s others", others) if others > 1 else env._("1 other"))
    return format_list(env, names) if names else ""
