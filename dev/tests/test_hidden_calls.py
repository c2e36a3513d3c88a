# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import tempfile
import unittest
from pathlib import Path

import hidden_calls
from hidden_calls import House

INIT = "from . import base, sign, limit, helper\n"
BASE = """
class Server(models.Model):
    _inherit = "ir.mail_server"

    def _deliver(self, session):
        session.parcel = 1
        session.quit = self._keep
        setattr(session, NAME, 2)
        return self.env["mail.mail"]._wake()

    def send_email(self):
        return super().send_email()

    def _get_host(self):
        return self._get_host()
"""
SIGN = """
class Server(models.Model):
    _inherit = "ir.mail_server"

    def _deliver(self, session):
        return super()._deliver(session)

    def _sign(self):
        return [server._get_host() for server in self.search([])]
"""
LIMIT = """
from .helper import Mark

class Mail(models.Model):
    _inherit = "mail.mail"
    server_id = fields.Many2one("ir.mail_server")

    def _wake(self):
        for mail in self:
            mail._wake_one()
            mail.server_id._sign()
        self.with_context(mail_deliverability_x=1).send_email()
        return Mark().close(mail)

    def _wake_one(self):
        return self.server_id.sudo()._deliver(None)
"""
HELPER = """
class Mark(Carried):
    KEY = "mail_deliverability_mark"

    def _sign(self):
        return self._sign()

    def close(self, mail):
        return mail._wake_one()
"""


class TestHouse(unittest.TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        models = folder / "models"
        models.mkdir()
        for name, text in (
            ("__init__", INIT),
            ("base", BASE),
            ("sign", SIGN),
            ("limit", LIMIT),
            ("helper", HELPER),
        ):
            (models / f"{name}.py").write_text(text)
        self.house = House(folder)

    def test_edges(self):
        """A chain's edge goes to its first file; Odoo's own methods make none."""
        found = {
            (source.stem, target.stem): {call.name for call in calls}
            for (source, target), calls in self.house.hidden.items()
        }
        self.assertEqual(
            found,
            {
                ("base", "limit"): {"_wake"},
                ("sign", "base"): {"_get_host"},
                ("limit", "sign"): {"_sign"},
                ("limit", "base"): {"_deliver"},
                ("helper", "limit"): {"_wake_one"},
            },
        )

    def test_pairs(self):
        """An import and a hidden call back are a pair as well."""
        found = [(one.stem, other.stem) for one, other in self.house.pairs]
        self.assertEqual(found, [("base", "limit"), ("helper", "limit")])

    def test_circles(self):
        found = [sorted(path.stem for path in one) for one in self.house.circles]
        self.assertEqual(found, [["base", "helper", "limit", "sign"]])

    def test_what_travels(self):
        keys = {"mail_deliverability_mark", "mail_deliverability_x"}
        self.assertEqual(self.house.context_keys, keys)
        self.assertEqual(self.house.session_attributes, {"NAME", "parcel"})


class TestThisAddon(unittest.TestCase):
    def test_limits(self):
        house = House(Path(hidden_calls.__file__).parents[1])
        self.assertTrue(hidden_calls.is_within_limits(house), "see make hidden-calls")
