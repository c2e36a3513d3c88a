# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Bounces as the servers that write them do: one function for each."""

ORIGINAL_ID = "<145.1772.4711-openerp-7-crm.lead@acme.example>"
SENDER = "bounce@acme.example"
ORIGINAL = f"""\
Return-Path: <{SENDER}>
Received: from odoo.acme.example (odoo.acme.example [198.51.100.7])
\tby mail.acme.example (Postfix) with ESMTPS id 4XyZ;
\tMon, 2 Mar 2026 10:00:00 +0000 (UTC)
Message-Id: {ORIGINAL_ID}
From: "Anna Muster" <anna@acme.example>
To: Jane <jane@receiver.example>
Subject: Offer
 S0815
Date: Mon, 2 Mar 2026 10:00:00 +0000
"""
BODY = "Dear Jane,\n\nhere is the offer.\n"


def _encode(text):
    return text.replace("\n", "\r\n").encode()


def _fold(text, indent="    "):
    return text.replace("\n", f"\n{indent}")


def _flatten(text):
    return text.replace("\n", " ")


def report(fields, text="", original=ORIGINAL, kind="message/rfc822", head=""):
    """Return a multipart/report of RFC 3464."""
    return _encode(f"""\
Return-Path: <>
From: MAILER-DAEMON@mail.acme.example (Mail Delivery System)
To: {SENDER}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
{head}Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4XyZ.1772/mail.acme.example"

This is a MIME-encapsulated message.

--4XyZ.1772/mail.acme.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

{text}
--4XyZ.1772/mail.acme.example
Content-Description: Delivery report
Content-Type: message/delivery-status

{fields}
--4XyZ.1772/mail.acme.example
Content-Description: Undelivered Message
Content-Type: {kind}

{original}
{BODY}
--4XyZ.1772/mail.acme.example--
""")


def postfix(address, host, reply):
    said = f"host {host}[192.0.2.25] said: {_flatten(reply)} (in reply to RCPT TO)"
    return report(
        f"""Reporting-MTA: dns; mail.acme.example
X-Postfix-Queue-ID: 4XyZ
X-Postfix-Sender: rfc822; {SENDER}
Arrival-Date: Mon,  2 Mar 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: failed
Status: 5.0.0
Remote-MTA: dns; {host}
Diagnostic-Code: smtp; {_fold(reply)}
""",
        f"""This is the mail system at host mail.acme.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<{address}>: {said}
""",
    )


def exim(address, host, reply):
    """Exim before 4.91, and many after it: no RFC 3464."""
    return _encode(f"""\
Return-path: <>
Envelope-to: {SENDER}
Received: from Debian-exim by mail.acme.example with local (Exim 4.96)
\tid 1uX-0001; Mon, 02 Mar 2026 10:00:01 +0000
X-Failed-Recipients: {address}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.acme.example>
To: {SENDER}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1uX-0001@mail.acme.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    host {host} [192.0.2.25]
    SMTP error from remote mail server after RCPT TO:<{address}>:
    {_fold(reply)}

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}
{BODY}""")


def exim_report(address, host, reply):
    """Exim 4.91 and later, where DSN is on."""
    return report(
        f"""Reporting-MTA: dns; mail.acme.example

Action: failed
Final-Recipient: rfc822;{address}
Status: 5.0.0
Remote-MTA: dns; {host}
Diagnostic-Code: smtp; {_fold(reply, " ")}
""",
        f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    host {host} [192.0.2.25]
    SMTP error from remote mail server after RCPT TO:<{address}>:
    {_fold(reply)}
""",
        head=f"X-Failed-Recipients: {address}\n",
    )


def sendmail(address, host, reply):
    return report(
        f"""Reporting-MTA: dns; mail.acme.example
Received-From-MTA: DNS; odoo.acme.example
Arrival-Date: Mon, 2 Mar 2026 10:00:00 GMT

Final-Recipient: RFC822; {address}
Action: failed
Status: 5.5.0
Remote-MTA: DNS; {host}
Diagnostic-Code: SMTP; {_flatten(reply)}
Last-Attempt-Date: Mon, 2 Mar 2026 10:00:01 GMT
""",
        f"""The original message was received at Mon, 2 Mar 2026 10:00:00 GMT

   ----- The following addresses had permanent fatal errors -----
<{address}>
    (reason: {_flatten(reply)})

   ----- Transcript of session follows -----
... while talking to {host}.:
>>> RCPT To:<{address}>
<<< {reply}
""",
        kind="text/rfc822-headers",
    )


def gmail(address, host, reply):
    return report(
        f"""Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; anna@acme.example
Arrival-Date: Mon, 02 Mar 2026 02:00:00 -0800 (PST)
X-Original-Message-ID: {ORIGINAL_ID}

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.0.0
Remote-MTA: dns; {host}. (192.0.2.25, the server for the
 domain receiver.example.)
Diagnostic-Code: smtp; {_fold(reply, " ")}
Last-Attempt-Date: Mon, 02 Mar 2026 02:00:01 -0800 (PST)
""",
        f"""
** Message not delivered **

Your message couldn't be delivered to {address} because the remote server refused it.

The response from the remote server was:

{reply}
""",
    )


def exchange_online(address, host, reply):
    return report(
        f"""Reporting-MTA: dns;AM0PR04MB1234.eurprd04.prod.outlook.com
Received-From-MTA: dns;AS8PR04MB5678.eurprd04.prod.outlook.com
Arrival-Date: Mon, 2 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822;{address}
Action: failed
Status: 5.0.350
Remote-MTA: dns;{host}
Diagnostic-Code: smtp;{_flatten(reply)}
X-Display-Name: Jane
""",
        f"""Delivery has failed to these recipients or groups:

Jane ({address})<mailto:{address}>
Your message couldn't be delivered. {host} gave this error:
{_flatten(reply)}

Diagnostic information for administrators:

Generating server: AM0PR04MB1234.eurprd04.prod.outlook.com

{address}
Remote Server returned '{_flatten(reply)}'

Original message headers:

Received: from odoo.acme.example
""",
    )


def exchange_text(address, host, reply):
    """Exchange on premises, as it comes through gateways that leave no report."""
    return _encode(f"""\
Return-Path: <>
From: Microsoft Outlook <postmaster@mail.acme.example>
To: {SENDER}
Subject: Undeliverable: Offer S0815
MIME-Version: 1.0
Content-Type: text/html; charset="us-ascii"

<html><head><style>p {{ color: red }}</style></head><body>
<p><b>Delivery has failed to these recipients or groups:</b></p>
<p><a href="mailto:{address}">{address}</a><br>
There's a problem with the recipient.</p>
<p><b>Diagnostic information for administrators:</b></p>
<p>Generating server: mail.acme.example</p>
<p>{address}<br>
{host} #{_flatten(reply).replace("<", "&lt;").replace(">", "&gt;")} ##</p>
<p>Original message headers:</p>
<pre>{ORIGINAL.replace("<", "&lt;").replace(">", "&gt;")}</pre>
</body></html>
""")


def qmail(address, host, reply):
    return _encode(f"""\
Return-Path: <>
From: MAILER-DAEMON@mail.acme.example
To: {SENDER}
Subject: failure notice

Hi. This is the qmail-send program at mail.acme.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
192.0.2.25 does not like recipient.
Remote host said: {reply}
Giving up on {host}.

--- Below this line is a copy of the message.

{ORIGINAL}
{BODY}""")


def gmx(address, host, reply):
    return _encode(f"""\
Return-Path: <>
From: MAILER-DAEMON@mail.gmx.net
To: {SENDER}
Subject: Mail delivery failed: returning message to sender
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
X-UI-Out-Filterresults: unknown:0;

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

"{address}":
SMTP error from remote server after RCPT command:
host: {host}
{reply}


--- The header of the original message is following. ---

{ORIGINAL}""")


def ionos(address, host, reply):
    return _encode(f"""\
From: "Mail Delivery System" <mailer-daemon@kundenserver.de>
To: {SENDER}
Subject: Mail delivery failed: returning message to sender
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error.

The following address failed:

{address}

For the following reason:

SMTP error from remote server for RCPT TO command,
host: {host} (192.0.2.25) reason: {reply}

--- The header of the original message is following. ---

{ORIGINAL}""")


def old_gmail(address, host, reply):
    return _encode(f"""\
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {SENDER}
X-Failed-Recipients: {address}
Subject: Delivery Status Notification (Failure)
Content-Type: text/plain; charset=ISO-8859-1
Content-Transfer-Encoding: quoted-printable

Delivery to the following recipient failed permanently:

     {address}

Technical details of permanent failure:=20
Google tried to deliver your message, but it was rejected by the server for=
 the recipient domain receiver.example by {host}. [192.0.2.25].

The error that the other server returned was:
{reply.replace("=", "=3D")}

----- Original message -----

{ORIGINAL}
""")


def yahoo(address, host, reply):
    return _encode(f"""\
Return-Path: <>
From: MAILER-DAEMON@yahoo.com
To: {SENDER}
Subject: Failure Notice
Content-Type: text/plain; charset=utf-8

Sorry, we were unable to deliver your message to the following address.

<{address}>:
Remote host said: {reply} [RCPT_TO]
host {host} [192.0.2.25]

--- Below this line is a copy of the message.

{ORIGINAL}
{BODY}""")


def ses(address, host, reply):
    return report(
        f"""Reporting-MTA: dns; a4-12.smtp-out.eu-west-1.amazonses.com

Action: failed
Final-Recipient: rfc822; {address}
Diagnostic-Code: smtp; {_fold(reply, " ")}
Remote-MTA: dns; {host}
Status: 5.0.0
""",
        "An error occurred while trying to deliver the mail to the following"
        f" recipients:\n{address}\n",
    )


def courier(address, host, reply):
    return report(
        f"""Reporting-MTA: dns; mail.acme.example
Arrival-Date: Mon, 02 Mar 2026 10:00:00 +0000
Received-From-MTA: dns; odoo.acme.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.0.0
Remote-MTA: dns; {host} [192.0.2.25]
Diagnostic-Code: smtp; {_fold(reply, " ")}
""",
        f"""This is a delivery status notification from mail.acme.example.

<{address}>:
     {host} [192.0.2.25]:
<<< {reply}
""",
        kind="text/rfc822-headers; charset=us-ascii",
    )


def mimecast(address, host, reply):
    return report(
        f"""Reporting-MTA: dns; eu-smtp-delivery-1.mimecast.com
Final-Recipient: rfc822; {address}
Action: Failed
Status: 5.0.0
Remote-MTA: dns; {host}
Diagnostic-Code: smtp; {_flatten(reply)}
""",
        "The message you sent was undeliverable.",
    )


def zoho(address, host, reply):
    """A line for each address, and the copy behind an empty one."""
    return _encode(f"""\
From: mailer-daemon@mail.zoho.com
To: {SENDER}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="--=_Part_837"

----=_Part_837
Content-Type: text/plain; charset="UTF-8"

This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients.

{address} ERROR_CODE, host {host} [192.0.2.25] said: {_flatten(reply)}


Received:from mail.zoho.com by {host}
Message-ID:{ORIGINAL_ID}
Subject:Offer
----=_Part_837--
""")


def filtered(address, host, reply):
    """As filters in front of a server write it."""
    return _encode(f"""\
Return-Path: <>
From: MAILER-DAEMON@receiver.example
To: {SENDER}
Subject: Message delivery has failed
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==_=f=_=="

--==_=f=_==
Content-Type: text/plain

Unable to deliver message to: <{address}>
Delivery failed for the following reason:
Server {host}[192.0.2.25] failed with: {reply}

--==_=f=_==
Content-Type: message/rfc822

{ORIGINAL}
{BODY}
--==_=f=_==--
""")


def domino(address, host, reply):
    return _encode(f"""\
From: Postmaster@receiver.example
To: {SENDER}
Subject: DELIVERY FAILURE: Offer
Content-Type: Text/Plain

Your message

  Subject: Offer S0815

was not delivered to:

  {address}

because:

  host {host} [192.0.2.25] {reply}

----- Returned Message -----
{ORIGINAL}
""")


SHAPES = (
    zoho,
    filtered,
    domino,
    postfix,
    exim,
    exim_report,
    sendmail,
    gmail,
    exchange_online,
    exchange_text,
    qmail,
    gmx,
    ionos,
    old_gmail,
    yahoo,
    ses,
    courier,
    mimecast,
)
