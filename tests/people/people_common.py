# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import new_test_user

from ...mailauth.dmarc.policy import DmarcResult
from ..common import SmtpCase

# What DNS says of the domains of authors.
POLICIES = {
    "yahoo.example": "reject",
    "aol.example": "quarantine",
    "friendly.example": "none",
    "acme.example": "reject",
    "globex.example": "none",
    "initech.example": None,
    "customer.example": None,
    "gmail.com": "none",
}
ZONE = {
    ("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject"],
    ("globex.example", "TXT"): ["v=spf1 -all"],
    ("_dmarc.globex.example", "TXT"): ["v=DMARC1; p=none"],
    ("initech.example", "TXT"): ["v=spf1 ip4:192.0.2.10 -all"],
    ("friendly.example", "TXT"): ["v=spf1 -all"],
}

QUIET = {"no_reset_password": True, "tracking_disable": True}


def make_user(env, login, **values):
    """Make a user who gets no mail about it."""
    return new_test_user(env, login, context=QUIET, **values)


class PeopleCase(SmtpCase):
    """Three companies, one without an alias domain, and two servers with filters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = cls.env["mail.sender.address"]
        cls.env["mail.template"].search([]).active = False
        cls.env["mail.alias"].search([]).alias_domain_id = False
        cls.company_3 = cls.env["res.company"].create({"name": "Initech"})
        cls.company_3.alias_domain_id = False
        cls.companies = cls.company + cls.company_2 + cls.company_3
        for company, email in zip(
            cls.companies,
            ("hello@acme.example", "info@yahoo.example", False),
            strict=True,
        ):
            company.email = email
        ips = {"sending_host_ips": "192.0.2.10"}
        cls.server = cls._make_server("acme.example", **ips)
        cls.server_2 = cls._make_server("globex.example,initech.example", **ips)
        policies = cls.env["mail.author.policy"]
        for domain, policy in POLICIES.items():
            policies._store(DmarcResult(policy, None, None, domain=domain))
        cls.dns.zone.update(ZONE)

    def _audit(self):
        self.rows._mark_stale()
        self.rows._audit(lambda *_done, **_left: float("inf"))
        self.env.flush_all()
        return self.rows.search([])

    def _row(self, model, record=None, **values):
        domain = [("source_model", "=", model)]
        domain += [("source_id", "=", record.id)] if record else []
        domain += [(name, "=", value) for name, value in values.items()]
        row = self.rows.search(domain)
        self.assertEqual(len(row), 1, domain)
        return row

    def _make_authors(self, count, name):
        """Make authors who have written and been mailed lately, by SQL."""
        cr = self.env.cr
        self.env.flush_all()
        cr.execute(
            """
            INSERT INTO res_partner (name, complete_name, email, email_normalized,
                                     active)
            SELECT %(name)s || n, %(name)s || n, a, a, true
              FROM generate_series(1, %(count)s) n,
                   LATERAL concat(%(name)s, n, '@d', n %% 7, '.example') a
            RETURNING id
            """,
            {"name": name, "count": count},
        )
        ids = [partner_id for (partner_id,) in cr.fetchall()]
        cr.execute(
            """
            INSERT INTO mail_message (author_id, email_from, date, message_type, model,
                                      res_id, record_company_id)
            SELECT id, email, now() at time zone 'UTC', 'comment', 'res.partner', id,
                   %(company)s
              FROM res_partner WHERE id = ANY(%(ids)s)
            RETURNING id
            """,
            {"ids": ids, "company": self.company.id},
        )
        cr.execute(
            """
            INSERT INTO mail_notification (mail_message_id, res_partner_id,
                                           notification_type, notification_status)
            SELECT id, author_id, 'email', 'sent' FROM mail_message
             WHERE author_id = ANY(%(ids)s)
            """,
            {"ids": ids},
        )
        self.env.invalidate_all()
        return ids
