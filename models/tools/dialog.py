# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A question in a dialog."""


def ask_in_dialog(record, title, size="medium"):
    """Return the action that shows a record's form in a dialog.

    :param record: of a wizard.
    :param str title: of the dialog, in the user's language.
    :param str size: as Odoo calls it: medium, large.
    """
    return {
        "type": "ir.actions.act_window",
        "name": title,
        "res_model": record._name,
        "res_id": record.id,
        "view_mode": "form",
        "views": [(False, "form")],
        "target": "new",
        "context": {"dialog_size": size},
    }
