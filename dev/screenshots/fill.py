# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run in Odoo's shell, behind the guided setup: some weeks in which a company works.

People with addresses of other domains write, a newsletter waits for the daily limit,
some emails are refused, and receivers report.
"""

import os
from base64 import b64encode
from datetime import UTC, datetime, time, timedelta

from odoo import fields
from odoo.service.model import retrying

from odoo.addons.mail_deliverability.mailauth.refusal.explain import explain_refusal
from odoo.addons.mail_deliverability.models.refusal.values import to_values

DOMAIN = "acme.example"
OWN = "198.51.100.10"
PEOPLE = [
    ("Anna Archer", "anna.archer@acme.example"),
    ("Bob Baker", "bob.baker@acme.example"),
    ("Yolanda Young", "yolanda@mail.example"),
]
ANSWERS = [
    ("tom@partner.example", 0, "550 5.1.1 The email account does not exist. gsmtp"),
    ("old.office@partner.example", 1, "550 5.1.10 Recipient not found"),
    ("lea@customer.example", 2, "552 5.2.2 The recipient's inbox is out of storage"),
    ("desk@customer.example", 3, "552 5.3.4 Message size exceeds fixed limit"),
    ("kim@shop.example", 4, "451 4.7.1 Greylisted, please try again in 300 seconds"),
]
# Who reports, and how many emails of each day came from where.
REPORTERS = {"google.com": 24, "Outlook.com": 14, "Yahoo": 6}
DAYS = 30
FEEDBACK = """<?xml version="1.0" encoding="UTF-8"?>
<feedback><report_metadata><org_name>{org}</org_name><email>reports@{org}</email>
<report_id>{number}</report_id><date_range><begin>{begin}</begin><end>{end}</end>
</date_range></report_metadata><policy_published><domain>{domain}</domain><p>none</p>
</policy_published>{records}</feedback>"""
RECORD = """<record><row><source_ip>{ip}</source_ip><count>{count}</count>
<policy_evaluated><disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>
</policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers>
<auth_results><dkim><domain>{signer}</domain><selector>{selector}</selector>
<result>{valid}</result></dkim><spf><domain>{envelope}</domain><result>{passed}</result>
</spf></auth_results></record>"""


def write_report(org, usual, ago, day, selector):
    """Return a report of one day as a receiver writes it."""
    begin = int(datetime.combine(day, time(), UTC).timestamp())
    busy = 2 if day.weekday() < 5 else 1
    ours = {"signer": DOMAIN, "selector": selector, "valid": "pass", "dkim": "pass"}
    rows = [
        {**ours, "ip": OWN, "count": usual * busy + ago % 5, "spf": "pass"},
        {**ours, "ip": "203.0.113.200", "count": 1 + ago % 3, "spf": "fail"},
    ]
    rows[1] |= {"envelope": "forward.example", "passed": "pass"}
    other = {"dkim": "fail", "spf": "fail", "selector": "k1"}
    if ago % 7 == 3:
        news = {"signer": "mcsv.net", "envelope": "mail1.mcsv.net", "valid": "pass"}
        rows.append({**other, **news, "passed": "pass", "ip": "198.2.128.9"})
        rows[-1]["count"] = 20
    if ago % 6 == 1:
        forged = {"signer": "bulk.example", "valid": "fail", "passed": "fail"}
        rows.append({**other, **forged, "ip": "192.0.2.77", "count": 3})
    usually = {"domain": DOMAIN, "envelope": DOMAIN, "passed": "pass"}
    return FEEDBACK.format(
        org=org,
        number=f"{org}-{ago}",
        begin=begin,
        end=begin + 86_399,
        domain=DOMAIN,
        records="".join(RECORD.format(**{**usually, **row}) for row in rows),
    ).encode()


def bring_reports():
    """Upload what receivers have reported, and accept who has written it."""
    domain = env["mail.alias.domain"].search([("name", "=", DOMAIN)])
    today = fields.Date.today()
    selector = domain.dkim_key_ids[:1].selector or "odoo"
    reports = env["mail.dmarc.report"]
    for org, usual in REPORTERS.items():
        for ago in range(1, DAYS + 1):
            day = today - timedelta(days=ago)
            content = write_report(org, usual, ago, day, selector)
            reports.upload(b64encode(content).decode(), f"{org}-{ago}.xml")
    reports._cron_read()
    env["mail.dmarc.reporter"].search([]).action_accept()


def note_sent():
    domain = env["mail.alias.domain"].search([("name", "=", DOMAIN)])
    for ago in range(1, DAYS + 1):
        env["mail.dmarc.sent"].create(
            {
                "alias_domain_id": domain.id,
                "day": fields.Date.today() - timedelta(days=ago),
                "receiver": "gmail.com",
                "mail_count": 80,
                "connection": 0,
            }
        )


def judge():
    env["mail.alias.domain"]._cron_watch_reports()


def note_refusals():
    now = fields.Datetime.now()
    for recipient, ago, text in ANSWERS:
        values = to_values(explain_refusal(text=text)) | {"text": text}
        values |= {"recipient": recipient, "date": now - timedelta(days=ago)}
        env["mail.refusal"]._note([values])


def add_people():
    """Add colleagues, one of whom writes from a mailbox elsewhere."""
    users = env["res.users"].with_context(no_reset_password=True)
    for name, email in PEOPLE:
        login = email.partition("@")[0]
        user = users.create({"name": name, "login": login, "email": email})
        note = {"author_id": user.partner_id.id, "message_type": "comment"}
        env.company.partner_id.message_post(body="Hello", **note)


def audit():
    domains = [email.partition("@")[2] for _name, email in PEOPLE]
    env["mail.author.policy"]._find_policies(sorted(set(domains)))
    env["mail.sender.address"]._cron_audit()


def connect():
    """Let emails leave: until now nothing had to."""
    port = int(os.environ["SMTP_PORT"])
    values = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    env["ir.mail_server"].search([]).write(values)


def use_the_limit_up():
    """Leave a few recipients, which no newsletter may have."""
    counter = env["mail.send.counter"]
    day = counter._get_day(fields.Datetime.now())
    counter.search([("day", "=", day), ("server_id", "=", 0)]).sent = 186


def let_some_wait():
    for number in range(1, 8):
        values = {"subject": "News in spring", "email_from": f"info@{DOMAIN}"}
        values |= {"email_to": f"customer{number}@customer.example"}
        mail = env["mail.mail"].create(values)
        mail.send_class = "bulk"
        mail.send()


def empty_the_queue():
    env["mail.mail"].search([("state", "=", "outgoing")]).unlink()


# Each for itself: the web client's server works on the same database meanwhile, so that
# one may have to be done again.
for part in (
    bring_reports,
    note_sent,
    judge,
    note_refusals,
    connect,
    add_people,
    audit,
    empty_the_queue,
    use_the_limit_up,
    let_some_wait,
):
    retrying(part, env)
    env.cr.commit()
