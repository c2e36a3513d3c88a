# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
r"""What vendors say that their servers answer, and what each answer means.

``texts.csv`` was written from their pages, before any rule: the text as a server sends
it (\\n between the lines of a reply), and what the page says of its cause.
"""

import csv
from pathlib import Path

# Host of the provider, as it stands in a report.
HOSTS = {
    "gmail": "gmail-smtp-in.l.google.com",
    "yahoo": "mta6.am0.yahoodns.net",
    "outlook": "outlook-com.olc.protection.outlook.com",
    "exchange_online": "acme-example.mail.protection.outlook.com",
    "apple": "mx02.mail.icloud.com",
    "zoho": "mx.zoho.com",
    "gmx": "mx00.emig.gmx.net",
    "ionos": "mx00.kundenserver.de",
    "ovh": "mx1.mail.ovh.net",
    "ses": "email-smtp.eu-west-1.amazonaws.com",
    "sendgrid": "smtp.sendgrid.net",
    "mailgun": "smtp.eu.mailgun.org",
    "brevo": "smtp-relay.brevo.com",
    "proofpoint": "mx0a-00191d01.pphosted.com",
    "mimecast": "eu-smtp-inbound-1.mimecast.com",
    "barracuda": "d12345a.ess.barracudanetworks.com",
    "messagelabs": "cluster1.eu.messagelabs.com",
    "trend_micro": "acme.in.tmes-emea.trendmicro.eu",
    "comcast": "mx1.comcast.net",
    "t_online": "mx00.t-online.de",
    "orange": "smtp-in.orange.fr",
    "yandex": "mx.yandex.ru",
    "mail_ru": "mxs.mail.ru",
}
# Software and lists speak at any host.
ANYWHERE = "mx.receiver.example"


def read_texts():
    """Return (provider, category, text) of each row."""
    path = Path(__file__).with_name("texts.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [(p, c, text.replace("\\n", "\n")) for p, c, text in rows]
