# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

# Run in Odoo's shell: people write in a chatter; shows what left, and by which rule.
import json
import os
import textwrap
import time
from email import message_from_bytes, policy
from pathlib import Path

from odoo.addons.mail_deliverability.mailauth.mailbox import parse_mailbox

FOLDER = Path(os.environ["DEMO_MAILS"])
PEOPLE = {
    "Yolanda Young": "yolanda@yahoo.example",
    "Carl Colleague": "carl@acme.example",
    "Petra Partner": "petra@partner.example",
}
WAIT = 20  # seconds


def get_person(name, address):
    partners = env["res.partner"]
    known = partners.search([("email", "=", address)], limit=1)
    return known or partners.create({"name": name, "email": address})


def post(thread, author, text):
    """Post as somebody, and send at once, as a click on Send does."""
    thread.message_post(
        author_id=author.id,
        body=text,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    env.cr.commit()


def wait_for(count):
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        envelopes = sorted(FOLDER.glob("*.json"))
        if len(envelopes) >= count:
            return envelopes
        time.sleep(0.1)
    raise SystemExit(f"only {len(envelopes)} of {count} mails arrived in {WAIT} s")


def explain(author):
    """Ask the Sender Preview, which goes the same way as every mail."""
    values = {"author_kind": "email", "email": author}
    preview = env["mail.sender.preview"].create(values)
    if preview.asked_domain:
        preview.action_show_answer()
        env.cr.commit()
        preview.invalidate_recordset()
    return preview.explanation


def show(path):
    envelope = json.loads(path.read_text())
    data = path.with_suffix(".eml").read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    author = message["X-Original-From"] or parse_mailbox(str(message["From"])).address
    rows = {
        "Envelope": f"{envelope['mail_from']} -> {', '.join(envelope['rcpt_tos'])}",
        "Subject": message["Subject"],
        "From": message["From"],
        "Reply-To": message["Reply-To"],
        "Rule": explain(author),
    }
    for label, value in rows.items():
        text = textwrap.fill(str(value), 88, subsequent_indent=" " * 12)
        print(f"  {label + ':':<10}{text}")
    print()


people = {name: get_person(name, address) for name, address in PEOPLE.items()}
yolanda, carl, petra = people.values()
order = env["res.partner"].create({"name": "Order 42: ten chairs"})
order.message_subscribe([yolanda.id, carl.id, petra.id])
env.cr.commit()
print("\nYolanda, a customer at yahoo.example, and Carl, a colleague at acme.example,")
print("write in a chatter. Every follower but the author gets a mail:\n")
post(order, yolanda, "Could the chairs be blue?")
post(order, carl, "Blue it is, for the same price.")
for envelope in wait_for(4):
    show(envelope)
