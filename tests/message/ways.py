# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Headers as receivers deliver them, newest field first, and what to read of each.

Those of providers are shaped like real ones; the sender is always 192.0.2.1 at acme.
"""

DATE = "; Thu, 26 Nov 2026 12:00:00 +0000"
OURS = "From: zoe@acme.example\nTo: kim@other.example\nSubject: x\n"
ACME = "from mail.acme.example (mail.acme.example [192.0.2.1])"
LAPTOP = (
    "Received: from laptop (p1.dsl.example [203.0.113.7]) by mail.acme.example"
    " (Postfix)"
    f" with ESMTPSA id 1{DATE}\n"
)
POSTFIX = (
    f"Received: {ACME} by mx.other.example (Postfix) with ESMTPS id 1 for"
    f" <kim@other.example>{DATE}\n"
)
LMTP = (
    "Received: from mx.other.example ([198.51.100.7]) by imap.other.example with LMTP"
    f" (envelope-from <zoe@acme.example>) for <kim@other.example>{DATE}\n"
)
AMAVIS = (
    "Received: from mx.other.example ([127.0.0.1]) by localhost (mx.other.example"
    f" [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id 1{DATE}\n"
)
BEHIND_AMAVIS = (
    "Received: from localhost (localhost [127.0.0.1]) by mx.other.example"
    " (Postfix) with"
    f" ESMTP id 2{DATE}\n"
)
PATH = "Return-Path: <zoe@acme.example>\n"
GMAIL_ABOVE = (
    "Delivered-To: kim@gmail.com\n"
    f"Received: by 2002:a05:6a10:1234:b0:5d1:ab with SMTP id x1csp{DATE}\n"
    f"X-Received: by 2002:a17:902::1 with SMTP id a1{DATE}\n"
    "ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=google.com; s=arc; b=AA==\n"
    "ARC-Message-Signature: i=1; a=rsa-sha256; d=google.com; s=arc; h=from;"
    " bh=A=; b=A=\n"
    "ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@acme.example"
    " header.s=s1 header.b=abc; spf=pass (google.com: domain of zoe@acme.example"
    " designates 192.0.2.1 as permitted sender) smtp.mailfrom=zoe@acme.example;"
    " dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=acme.example\n"
)
GMAIL = (
    GMAIL_ABOVE
    + PATH
    + f"Received: {ACME.replace('example [', 'example. [')} by mx.google.com with"
    " ESMTPS"
    " id a1 for <kim@gmail.com> (version=TLS1_3 cipher=TLS_AES_128"
    f" bits=128/128){DATE}\n"
    "Received-SPF: pass (google.com: domain of zoe@acme.example designates 192.0.2.1 as"
    " permitted sender) client-ip=192.0.2.1;\n"
    "Authentication-Results: mx.google.com; dkim=pass header.i=@acme.example"
    " header.s=s1 header.b=abc; spf=pass (google.com: domain of zoe@acme.example"
    " designates 192.0.2.1 as permitted sender) smtp.mailfrom=zoe@acme.example;"
    " dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=acme.example\n"
)


def _make_from_google(sender: str, recipient: str) -> str:
    """Return the header of a message between two customers of Google."""
    return (
        f"Delivered-To: {recipient}\n"
        f"Received: by 2002:a05:6a10:1234:b0:5d1:ab with SMTP id x1csp{DATE}\n"
        f"Return-Path: <{sender}>\n"
        "Received: from mail-sor-f41.google.com (mail-sor-f41.google.com."
        f" [209.85.220.41]) by mx.google.com with SMTPS id a1sor for <{recipient}>"
        f" (Google Transport Security){DATE}\n"
        f"Received-SPF: pass (google.com: domain of {sender} designates"
        " 209.85.220.41 as"
        " permitted sender) client-ip=209.85.220.41;\n"
        f"Authentication-Results: mx.google.com; spf=pass smtp.mailfrom={sender}\n"
        f"Received: by 2002:a17:902::1 with SMTP id a1{DATE}\n"
        "Received: from odoo.acme.example (p1.dsl.example. [203.0.113.7]) by"
        f" smtp.gmail.com with ESMTPSA id a2 for <{recipient}>{DATE}\n"
    )


def _make_from_microsoft(client: str, name: str) -> str:
    """Return the header of a message that Exchange Online has taken from a client."""
    return (
        "Received: from A1.namprd10.prod.outlook.com (2603:10b6:208::1) by"
        f" B2.namprd10.prod.outlook.com with HTTPS{DATE}\n"
        "Received: from C3.namprd10.prod.outlook.com (2603:10b6:5:100::1) by"
        " A1.namprd10.prod.outlook.com (2603:10b6:208::1) with Microsoft SMTP Server"
        f" (version=TLS1_2, cipher=TLS_ECDHE) id 15.20.7.1{DATE}\n"
        "Received: from D4.eop-nam11.prod.protection.outlook.com"
        " (2603:10b6:5:cafe::2) by"
        " C3.outlook.office365.com (2603:10b6:5:100::1) with Microsoft SMTP Server"
        f" (version=TLS1_3, cipher=TLS_AES) id 15.20.7.1 via Frontend Transport{DATE}\n"
        f"Authentication-Results: spf=pass (sender IP is {client})"
        " smtp.mailfrom=acme.example; dkim=pass (signature was verified)"
        " header.d=acme.example;dmarc=pass action=none"
        " header.from=acme.example;compauth=pass reason=100\n"
        "Received-SPF: Pass (protection.outlook.com: domain of acme.example designates"
        f" {client} as permitted sender) receiver=protection.outlook.com;"
        f" client-ip={client}; helo={name}; pr=C\n"
        f"Received: from {name} ({client}) by D4.mail.protection.outlook.com"
        " (10.13.177.149) with Microsoft SMTP Server (version=TLS1_3,"
        f" cipher=TLS_AES) id 15.20.7.1 via Frontend Transport{DATE}\n"
    )


MICROSOFT_BELOW = (
    "X-IncomingHeaderCount: 13\nReturn-Path: zoe@acme.example\n"
    "X-MS-Exchange-Organization-AuthAs: Anonymous\n"
)
OUTLOOK = "mail-bn8.outbound.protection.outlook.com"
YAHOO = (
    "X-Apparently-To: kim@yahoo.com\n"
    f"{PATH}"
    "Received: from 10.253.31.117 by atlas-production.v2-mail.omega.yahoo.com pod-id x"
    f" with HTTPS{DATE}\n"
    "X-Originating-Ip: [192.0.2.1]\n"
    "Received-SPF: pass (domain of acme.example designates 192.0.2.1 as permitted"
    " sender)\n"
    "Authentication-Results: atlas-production.v2-mail.omega.yahoo.com; dkim=pass"
    " header.i=@acme.example header.s=s1; spf=pass smtp.mailfrom=acme.example;"
    " dmarc=pass(p=NONE) header.from=acme.example;\n"
    "Received: from 192.0.2.1 (EHLO mail.acme.example) by 10.222.140.10 with SMTPs"
    f" (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256){DATE}\n"
)
FORWARDER = (
    "Received: from fwd.forwarder.example (fwd.forwarder.example [198.51.100.20]) by"
    f" mx.other.example (Postfix) with ESMTPS id 1 for <kim@other.example>{DATE}\n"
    f"Received: {ACME} by fwd.forwarder.example (Postfix) with ESMTPS id 2 for"
    f" <kim@forwarder.example>{DATE}\n"
)
LIST = (
    "Return-Path: <list-bounces@lists.example>\n"
    "Received: from lists.example (lists.example [198.51.100.30]) by mx.other.example"
    f" (Postfix) with ESMTPS id 1 for <kim@other.example>{DATE}\n"
    f"Received: {ACME} by lists.example (Postfix) with ESMTPS id 2{DATE}\n"
    "List-Id: <talk.lists.example>\nX-BeenThere: talk@lists.example\n"
)


def make_filtered(results: str, told: str) -> str:
    """Return the header of a message behind a filter.

    :param results: what the filter says.
    :param told: what the receiver says of SPF for the filter.
    """
    return (
        f"Authentication-Results: mx.other.example; spf={told}"
        " smtp.mailfrom=acme.example\n"
        "Received: from eu-smtp-1.mimecast.com (eu-smtp-1.mimecast.com"
        " [207.82.80.1]) by"
        f" mx.other.example (Postfix) with ESMTPS id 1 for <kim@other.example>{DATE}\n"
        f"Authentication-Results: relay.mimecast.com; {results}\n"
        f"Received: {ACME} by relay.mimecast.com with ESMTP with STARTTLS"
        f" (version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384) id uk-mta-1{DATE}\n"
    )


FETCHED = (
    "Received: from pop.gmx.net [212.227.17.185] by odoo.acme.example with POP3"
    f" (fetchmail-6.4.37) for <odoo@localhost> (single-drop){DATE}\n"
)
ODOO_TO_GMX = (
    "Received: from odoo.acme.example (odoo.acme.example [192.0.2.1]) by mx-ha.gmx.net"
    f" (mxgmx017 [212.227.15.9]) with ESMTPS (Nemesis) id 1{DATE}\n"
)
FORGED = (
    "Authentication-Results: mx.other.example; spf=pass smtp.mailfrom=bank.example\n"
    "Received-SPF: pass (x) receiver=mx.other.example; client-ip=203.0.113.66;"
    " envelope-from=ceo@bank.example; helo=bank.example\n"
    "Received: from bank.example (bank.example [203.0.113.66]) by mx.other.example"
    f" (Postfix) with ESMTPS id 9{DATE}\n"
)
CLIENT = {"client_ip": "192.0.2.1", "helo": "mail.acme.example", "proves_nothing": ""}
KNOWN = {**CLIENT, "mail_from": "zoe@acme.example"}
# (case, header, what is to be read)
WAYS = [
    (
        "Postfix",
        PATH + POSTFIX + LAPTOP,
        {
            **KNOWN,
            "receiver": "mx.other.example",
            "tls": True,
            "notes": (),
            "handing": 0,
        },
    ),
    (
        "Postfix, amavis on the same machine",
        PATH + BEHIND_AMAVIS + AMAVIS + POSTFIX,
        KNOWN,
    ),
    ("Postfix, LMTP from a public address", PATH + LMTP + POSTFIX, KNOWN),
    ("POP adds nothing", POSTFIX, {**CLIENT, "mail_from": None}),
    ("null sender", "Return-Path: <>\n" + POSTFIX, {**CLIENT, "mail_from": ""}),
    (
        "two servers of the receiver, the second with a public address",
        "Received: from mx.other.example (mx.other.example [198.51.100.7]) by"
        f" imap.other.example (Postfix) with ESMTPS id 2{DATE}\n" + POSTFIX,
        {**CLIENT, "handing": 1},
    ),
    (
        "the name of the receiver only in HELO",
        "Received: from mx.other.example (unknown [203.0.113.66]) by mx.other.example"
        f" (Postfix) with ESMTPS id 2{DATE}\n" + POSTFIX,
        {"client_ip": "203.0.113.66", "helo": "mx.other.example", "handing": 0},
    ),
    (
        "a customer's line in the domain of the receiver",
        "Received: from x (203-0-113-66.dsl.other.example [203.0.113.66]) by"
        f" mx.other.example (Postfix) with ESMTP id 2{DATE}\n" + POSTFIX,
        {"client_ip": "203.0.113.66", "handing": 0, "tls": False},
    ),
    (
        "another customer of the receiver's hosting company",
        "Received: from x (static.66.clients.your-server.de [203.0.113.66]) by"
        f" static.9.clients.your-server.de (Postfix) with ESMTP id 2{DATE}\n",
        {"client_ip": "203.0.113.66"},
    ),
    (
        "Exim notes the sender",
        "Received: from mail.acme.example ([192.0.2.1] helo=acme) by mx.other.example"
        f" with esmtps (Exim 4.96) (envelope-from <zoe@acme.example>) id 1{DATE}\n",
        {**KNOWN, "helo": "acme"},
    ),
    ("Gmail", GMAIL, {**KNOWN, "receiver": "mx.google.com", "handing": 1}),
    (
        "Gmail to a Workspace elsewhere",
        _make_from_google("zoe@acme.example", "kim@other.example"),
        {
            "client_ip": "209.85.220.41",
            "helo": "mail-sor-f41.google.com",
            "mail_from": "zoe@acme.example",
            "proves_nothing": "",
        },
    ),
    (
        "a Workspace to itself",
        _make_from_google("zoe@acme.example", "catchall@acme.example"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "a mailbox of Gmail to itself",
        _make_from_google("zoe@gmail.com", "zoe@gmail.com"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "a mailbox of Gmail to a tag of its own",
        _make_from_google("zo.e@gmail.com", "zoe+test@googlemail.com"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "a Workspace to itself, which says less",
        _make_from_google("zoe@acme.example", "kim@acme.example")
        .replace(" for <kim@acme.example>", "")
        .replace("Delivered-To: kim@acme.example\n", "")
        + OURS.replace("other", "acme"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "two persons at Gmail",
        _make_from_google("zoe@gmail.com", "kim@gmail.com"),
        {"client_ip": "209.85.220.41", "proves_nothing": ""},
    ),
    (
        "Gmail, delivered without leaving",
        f"Received: by 2002:a05::1 with SMTP id 1{DATE}\n"
        "Received: from odoo (p1.dsl.example. [203.0.113.7]) by smtp.gmail.com with"
        f" ESMTPSA id 2{DATE}\n",
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "Microsoft",
        _make_from_microsoft("192.0.2.1", "mail.acme.example") + OURS + MICROSOFT_BELOW,
        {**KNOWN, "receiver": "D4.mail.protection.outlook.com", "tls": True},
    ),
    (
        "Microsoft, of MAIL FROM only the domain",
        _make_from_microsoft("192.0.2.1", "mail.acme.example"),
        {**CLIENT, "mail_from": "acme.example"},
    ),
    (
        "Microsoft to Microsoft",
        _make_from_microsoft("40.107.93.1", OUTLOOK) + OURS + MICROSOFT_BELOW,
        {"client_ip": "40.107.93.1", "helo": OUTLOOK, "proves_nothing": ""},
    ),
    (
        "Microsoft, within one company",
        _make_from_microsoft("192.0.2.1", "mail.acme.example")
        + OURS
        + MICROSOFT_BELOW.replace("Anonymous", "Internal"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "Exchange in a company, which writes Return-Path behind the sender's fields",
        "Received: from EX1.corp.local (10.0.0.4) by EX2.corp.local (10.0.0.5) with"
        f" Microsoft SMTP Server id 15.2.1258.34 via Mailbox Transport{DATE}\n"
        "Received: from mail.acme.example (192.0.2.1) by mail.other.example (10.0.0.4)"
        " with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE) id 15.2.1258.34"
        f" via Frontend Transport{DATE}\n"
        "Return-Path: <ceo@bank.example>\n" + OURS + MICROSOFT_BELOW,
        {**KNOWN, "handing": 1},
    ),
    (
        "a filter before Exchange Online, by the only name that is noted",
        _make_from_microsoft("205.220.165.1", "mx0a-0001.pphosted.com"),
        {"client_ip": "205.220.165.1", "notes": ("filter",)},
    ),
    (
        "somebody writes that it was within one company",
        POSTFIX + "X-MS-Exchange-Organization-AuthAs: Internal\n",
        CLIENT,
    ),
    (
        "a client that calls itself a host inside Microsoft",
        "Received: from Z9.namprd10.prod.outlook.com (203.0.113.66) by"
        " D4.mail.protection.outlook.com (10.13.177.149) with Microsoft SMTP"
        " Server id 15"
        f"{DATE}\n" + POSTFIX,
        {"client_ip": "203.0.113.66"},
    ),
    ("Yahoo", YAHOO, {**KNOWN, "receiver": "10.222.140.10", "tls": True}),
    (
        "a mailbox of Yahoo to itself",
        YAHOO.replace("mail.acme.example", "sonic1.consmr.mail.bf2.yahoo.com").replace(
            "zoe@acme.example", "kim@yahoo.com"
        )
        + OURS.replace("other.example", "yahoo.com"),
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "forwarded",
        "Return-Path: <zoe@acme.example>\n" + FORWARDER,
        {
            "client_ip": "198.51.100.20",
            "helo": "fwd.forwarder.example",
            "mail_from": "zoe@acme.example",
            "notes": ("forwarded",),
        },
    ),
    (
        "forwarded, the sender rewritten",
        "Return-Path: <SRS0=ab=cd=acme.example=zoe@forwarder.example>\n" + POSTFIX,
        {"notes": ("forwarded",)},
    ),
    (
        "a list",
        LIST,
        {"client_ip": "198.51.100.30", "is_list": True, "notes": ()},
    ),
    (
        "a list, whose address is noted",
        LIST.replace("id 2;", "id 2 for <talk@lists.example>;"),
        {"client_ip": "198.51.100.30", "is_list": True, "notes": ()},
    ),
    ("fetched from a mailbox", FETCHED + ODOO_TO_GMX, {"client_ip": "192.0.2.1"}),
    (
        "a filter of the receiver",
        PATH + make_filtered("spf=pass smtp.mailfrom=acme.example", "fail"),
        {**KNOWN, "receiver": "relay.mimecast.com", "handing": 1, "notes": ()},
    ),
    (
        "a filter of the sender, which has asked nobody",
        PATH + make_filtered("auth=pass smtp.auth=acme", "fail"),
        {"client_ip": "207.82.80.1", "handing": 0, "notes": ("filter",)},
    ),
    (
        "a filter of the sender, which passes",
        PATH + make_filtered("spf=pass smtp.mailfrom=acme.example", "pass"),
        {"client_ip": "207.82.80.1", "handing": 0, "notes": ("filter",)},
    ),
    ("nothing", "", {"client_ip": "", "proves_nothing": "no_outside_hop"}),
    (
        "only private addresses",
        "Received: from odoo (odoo.local [10.0.0.5]) by mail.acme.example"
        " (Postfix) with"
        f" ESMTP id 1{DATE}\n",
        {"client_ip": "", "proves_nothing": "private_only", "handing": None},
    ),
    (
        "from one host of the company to the other",
        "Received: from odoo.acme.example (odoo.acme.example [192.0.2.1]) by"
        f" mail.acme.example (Postfix) with ESMTPS id 1{DATE}\n",
        {"client_ip": "", "proves_nothing": "no_outside_hop"},
    ),
    (
        "with a login to the server that has the mailbox",
        "Received: from odoo (p1.dsl.example [203.0.113.7]) by mail.acme.example"
        f" (Postfix) with ESMTPSA id 1{DATE}\n",
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "a web mailer",
        f"Received: from [203.0.113.7] by webmail.acme.example with HTTP{DATE}\n",
        {"client_ip": "", "proves_nothing": "same_account"},
    ),
    (
        "a program on the same machine",
        f"Received: by mail.acme.example (Postfix, from userid 33) id 1{DATE}\n",
        {"client_ip": "", "proves_nothing": "no_outside_hop"},
    ),
    (
        "a receiver that notes no address",
        f"Received: from mail.acme.example by mx.other.example with ESMTP id 1{DATE}\n",
        {
            "client_ip": "",
            "helo": "mail.acme.example",
            "proves_nothing": "",
            "notes": ("address_missing",),
        },
    ),
    (
        "a receiver that notes it elsewhere",
        "Received-SPF: pass (x) receiver=mx.other.example; client-ip=192.0.2.1;"
        ' envelope-from="zoe@acme.example"; helo=acme\n'
        f"Received: from mail.acme.example by mx.other.example with ESMTP id 1{DATE}\n",
        KNOWN,
    ),
    (
        "IPv6",
        "Received: from acme (mail.acme.example [IPv6:2001:db8::1]) by mx.other.example"
        f" (Postfix) with ESMTPS id 1{DATE}\n",
        {"client_ip": "2001:db8::1", "helo": "acme"},
    ),
    (
        "what the sender claims below the hand-over",
        POSTFIX + "Return-Path: <ceo@bank.example>\n" + FORGED,
        {**CLIENT, "mail_from": None},
    ),
    (
        "a clock that goes wrong",
        POSTFIX.replace("12:00:00", "11:58:00") + LAPTOP,
        {**CLIENT, "notes": ("clock_skew",)},
    ),
    (
        "a server has encoded it anew",
        POSTFIX + "X-MIME-Autoconverted: from 8bit to quoted-printable by x\n",
        {**CLIENT, "notes": ("mime_converted",)},
    ),
    (
        "too many hops",
        POSTFIX + LAPTOP * 60,
        {**CLIENT, "notes": ("too_many_hops",)},
    ),
]
