# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

from .table import PARAMETERS


class MailDeliverabilityParameter(models.Model):
    """The documented system parameters, those that nobody has set among them.

    A view of the table of parameters: nothing of it is stored but the values, as
    ``ir.config_parameter``.
    """

    _name = "mail.deliverability.parameter"
    _description = "Email Deliverability Parameter"
    _auto = False
    _log_access = False
    _order = "id"
    _rec_name = "key"
    _depends = {"ir.config_parameter": ["key", "value"]}

    key = fields.Char(readonly=True)
    value = fields.Char(help="Empty: the default applies.")
    default = fields.Char(compute="_compute_texts")
    meaning = fields.Char(compute="_compute_texts")
    expected = fields.Char(string="What to Enter", compute="_compute_texts")

    @property
    def _table_query(self):
        known = SQL(", ").join(
            SQL("(%s, %s)", number, key) for number, key in enumerate(PARAMETERS, 1)
        )
        return SQL(
            """
            SELECT known.id, known.key, stored.value
              FROM (VALUES %s) AS known (id, key)
              LEFT JOIN ir_config_parameter AS stored ON stored.key = known.key
            """,
            known,
        )

    @api.depends("key")
    @api.depends_context("lang")
    def _compute_texts(self):
        for row in self:
            parameter = PARAMETERS[row.key]
            no_default = parameter.default in ("", ())
            row.default = False if no_default else str(parameter.default)
            row.meaning = self.env._(parameter.meaning)
            row.expected = self.env._(parameter.expected)

    def write(self, vals):
        """Set the parameters, which check what is typed; empty: the default."""
        self.check_access("write")
        if "value" in vals:
            for row in self:
                parameters = self.env["ir.config_parameter"]
                parameters.set_param(row.key, vals["value"] or False)
            self.invalidate_model(["value"])
        return super().write({})  # nothing else can be written
