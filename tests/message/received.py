# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Received fields as real programs write them, with what is to be read of each.

(case, the field without its date, (from_host, from_name, from_ip), (by, protocol, tls))
"""

TLS = "using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"
ACME = "mail.acme.example (mail.acme.example [192.0.2.1])"
_TOLD = ("mail.acme.example", "mail.acme.example", "192.0.2.1")
_NAMELESS = ("mail.acme.example", "", "192.0.2.1")
_NONE = ("", "", "")
_CLEAR = ("mx.other.example", "ESMTP", False)
_SECURE = ("mx.other.example", "ESMTPS", True)
_MX = "by mx.other.example"

POSTFIX = [
    (
        "clear",
        f"from {ACME} {_MX} (Postfix) with ESMTP id 4X1 for <a@other.example>",
        _TOLD,
        _CLEAR,
    ),
    (
        "TLS",
        f"from acme (mail.acme.example [192.0.2.1]) ({TLS} key-exchange X25519)"
        f" (No client certificate requested) {_MX} (Postfix) with ESMTPS id 4X1",
        ("acme", "mail.acme.example", "192.0.2.1"),
        _SECURE,
    ),
    (
        "a literal in HELO",
        f"from [203.0.113.9] (unknown [192.0.2.1]) {_MX} (Postfix) with ESMTP id 1",
        ("[203.0.113.9]", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "a bare address in HELO",
        f"from 203.0.113.9 (unknown [192.0.2.1]) {_MX} (Postfix) with ESMTP id 1",
        ("203.0.113.9", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "IPv6",
        "from mail.acme.example (mail.acme.example [IPv6:2001:DB8:0::1])"
        f" {_MX} (Postfix) with ESMTPS id 1",
        ("mail.acme.example", "mail.acme.example", "2001:db8::1"),
        _SECURE,
    ),
    (
        "a client's certificate that names another address",
        f'from x (unknown [192.0.2.1]) ({TLS}) (Client CN "y [203.0.113.9]", Issuer "z"'
        f" (verified OK)) {_MX} (Postfix) with ESMTPS id 1",
        ("x", "", "192.0.2.1"),
        _SECURE,
    ),
    (
        "logged in",
        "from laptop.local (p1.dsl.example [203.0.113.7]) (Authenticated sender: zoe)"
        f" {_MX} (Postfix) with ESMTPSA id 1",
        ("laptop.local", "p1.dsl.example", "203.0.113.7"),
        ("mx.other.example", "ESMTPSA", True),
    ),
    (
        "of its own machine",
        f"{_MX} (Postfix, from userid 1000) id 4X1",
        _NONE,
        ("mx.other.example", "", None),
    ),
    (
        "behind amavis",
        "from mx.other.example ([127.0.0.1]) by localhost (mx.other.example"
        " [127.0.0.1])"
        " (amavisd-new, port 10024) with ESMTP id abc",
        ("mx.other.example", "", "127.0.0.1"),
        ("localhost", "ESMTP", False),
    ),
    (
        "SMTPUTF8",
        f"from {ACME} {_MX} (Postfix) with UTF8SMTPS id 1",
        _TOLD,
        ("mx.other.example", "UTF8SMTPS", True),
    ),
]
EXIM = [
    (
        "name found",
        f"from mail.acme.example ([192.0.2.1]) {_MX} with esmtps (TLS1.3) tls"
        " TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <zoe@acme.example>) id 1r",
        _TOLD,
        _SECURE,
    ),
    (
        "HELO is another",
        f"from mail.acme.example ([192.0.2.1]:48512 helo=acme) {_MX} with esmtp"
        " (Exim 4)",
        ("acme", "mail.acme.example", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "no name found",
        f"from [192.0.2.1] (helo=acme.example) {_MX} with esmtp (Exim 4.96)",
        ("acme.example", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "a literal in HELO",
        f"from [192.0.2.1] (helo=[203.0.113.9]) {_MX} with esmtp (Exim 4.96)",
        ("[203.0.113.9]", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "HELO is its own address",
        f"from [192.0.2.1] {_MX} with esmtp (Exim 4.96) id 1r",
        ("[192.0.2.1]", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "port and ident",
        f"from [192.0.2.1] (port=48512 helo=acme.example ident=root) {_MX} with esmtpsa"
        " (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) (Exim 4.92)",
        ("acme.example", "", "192.0.2.1"),
        ("mx.other.example", "ESMTPSA", True),
    ),
    (
        "IPv6",
        f"from [2001:db8::1] (helo=acme.example) {_MX} with esmtps"
        " (TLS1.2:ECDHE_X25519__RSA_PSS:256) (Exim 4.92)",
        ("acme.example", "", "2001:db8::1"),
        _SECURE,
    ),
    (
        "of its own machine",
        f"from www-data {_MX} with local (Exim 4.96) id 1r",
        ("www-data", "", ""),
        ("mx.other.example", "LOCAL", None),
    ),
]
SENDMAIL = [
    (
        "TLS",
        f"from {ACME} {_MX} (8.15.2/8.15.2) with ESMTPS id 0A1 (version=TLSv1.3"
        " cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT) for <a@other.example>",
        _TOLD,
        _SECURE,
    ),
    (
        "a name that does not lead back",
        "from acme.example (mail.acme.example [192.0.2.1] (may be forged))"
        f" {_MX} (8.15.2/8.15.2) with ESMTP id 0A1",
        ("acme.example", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "no name found",
        f"from acme.example ([192.0.2.1]) {_MX} (8.17.1) with ESMTP id 0A1",
        ("acme.example", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "an ident daemon that lies",
        f"from [203.0.113.9] (helo=x@mail.acme.example [192.0.2.1]) {_MX} with"
        " ESMTP id 1",
        ("x@mail.acme.example", "mail.acme.example", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "of its own machine",
        f"(from root@localhost) {_MX} (8.15.2/8.15.2/Submit) id 0A1",
        _NONE,
        ("mx.other.example", "", None),
    ),
]
QMAIL = [
    (
        "no name found",
        f"from unknown (HELO mail.acme.example) (192.0.2.1) {_MX} with SMTP",
        _NAMELESS,
        ("mx.other.example", "SMTP", False),
    ),
    (
        "name found, ident, encrypted",
        "from mail.acme.example (HELO acme) (me@192.0.2.1)"
        f" {_MX} with (DHE-RSA-AES256-SHA encrypted) SMTP",
        ("acme", "mail.acme.example", "192.0.2.1"),
        ("mx.other.example", "SMTP", True),
    ),
    (
        "an ident daemon that lies",
        f"from unknown (HELO x) (203.0.113.9@192.0.2.1) {_MX} with SMTP",
        ("x", "", "192.0.2.1"),
        ("mx.other.example", "SMTP", False),
    ),
    ("inside", "(qmail 123 invoked by uid 89)", _NONE, ("", "", None)),
    ("from the network", "(qmail 12 invoked from network)", _NONE, ("", "", None)),
]
GOOGLE = [
    (
        "inside",
        "by 2002:a05:6a10:1234:b0:5d1:ab with SMTP id x1csp123",
        _NONE,
        ("2002:a05:6a10:1234:b0:5d1:ab", "SMTP", False),
    ),
    (
        "TLS",
        "from mail.acme.example (mail.acme.example. [192.0.2.1]) by mx.google.com with"
        " ESMTPS id a1-2 for <a@gmail.com> (version=TLS1_3"
        " cipher=TLS_AES_128_GCM_SHA256"
        " bits=128/128)",
        _TOLD,
        ("mx.google.com", "ESMTPS", True),
    ),
    (
        "clear",
        "from mail.acme.example ([192.0.2.1]) by mx.google.com with ESMTP id a1",
        _NAMELESS,
        ("mx.google.com", "ESMTP", False),
    ),
    (
        "from Google",
        "from mail-sor-f41.google.com (mail-sor-f41.google.com. [209.85.220.41]) by"
        " mx.google.com with SMTPS id a1sor for <a@acme.example> (Google Transport"
        " Security)",
        ("mail-sor-f41.google.com", "mail-sor-f41.google.com", "209.85.220.41"),
        ("mx.google.com", "SMTPS", True),
    ),
    (
        "by its interface",
        "from 123456 named unknown by gmailapi.google.com with HTTPREST",
        ("123456", "", ""),
        ("gmailapi.google.com", "HTTPREST", None),
    ),
]
MICROSOFT = [
    (
        "from outside",
        "from mail.acme.example (192.0.2.1) by BN8NAM11FT0.mail.protection.outlook.com"
        " (10.13.177.149) with Microsoft SMTP Server (version=TLS1_3,"
        " cipher=TLS_AES_256_GCM_SHA384) id 15.20.7.1 via Frontend Transport",
        _NAMELESS,
        ("BN8NAM11FT0.mail.protection.outlook.com", "SMTP", True),
    ),
    (
        "clear",
        "from mail.acme.example (192.0.2.1) by mx.protection.outlook.com"
        " (10.13.177.149)"
        " with Microsoft SMTP Server id 15.20.7.1 via Frontend Transport",
        _NAMELESS,
        ("mx.protection.outlook.com", "SMTP", False),
    ),
    (
        "inside",
        "from A1.namprd10.prod.outlook.com (2603:10b6:208::1%4) by"
        " B2.namprd10.prod.outlook.com with HTTPS",
        ("A1.namprd10.prod.outlook.com", "", "2603:10b6:208::1"),
        ("B2.namprd10.prod.outlook.com", "HTTPS", True),
    ),
    (
        "a company's Exchange, inside",
        "from EX1.corp.local (10.0.0.4) by EX2.corp.local (10.0.0.5) with"
        " Microsoft SMTP"
        " Server (version=TLS1_2, cipher=TLS_ECDHE) id 15.2.1",
        ("EX1.corp.local", "", "10.0.0.4"),
        ("EX2.corp.local", "SMTP", True),
    ),
    (
        "MAPI",
        "from EX1.corp.local ([fe80::1]) by EX1.corp.local ([fe80::1%4]) with"
        " mapi id 15",
        ("EX1.corp.local", "", "fe80::1"),
        ("EX1.corp.local", "MAPI", None),
    ),
    (
        "IPv4 inside IPv6",
        f"from mail.acme.example (::ffff:192.0.2.1) {_MX} with ESMTP",
        _NAMELESS,
        _CLEAR,
    ),
    (
        "Windows, TLS",
        f"from mail.acme.example ([192.0.2.1]) {_MX} over TLS secured channel with"
        " Microsoft SMTPSVC(10.0.17763.1)",
        _NAMELESS,
        ("mx.other.example", "SMTP", True),
    ),
    (
        "Windows",
        f"from mail.acme.example ([192.0.2.1]) {_MX} with Microsoft"
        " SMTPSVC(10.0.17763)",
        _NAMELESS,
        ("mx.other.example", "SMTP", False),
    ),
]
PROVIDERS = [
    (
        "Yahoo",
        "from 192.0.2.1 (EHLO mail.acme.example) by 10.222.140.10 with SMTPs"
        " (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)",
        _NAMELESS,
        ("10.222.140.10", "SMTPS", True),
    ),
    (
        "Yahoo, inside",
        "from sonic.gate.mail.ne1.yahoo.com by"
        " sonic304.consmr.mail.ne1.yahoo.com with HTTP",
        ("sonic.gate.mail.ne1.yahoo.com", "", ""),
        ("sonic304.consmr.mail.ne1.yahoo.com", "HTTP", None),
    ),
    (
        "Zoho",
        f"from {ACME} by mx.zohomail.com with SMTPS id 1700000000000123.4",
        _TOLD,
        ("mx.zohomail.com", "SMTPS", True),
    ),
    (
        "Apple",
        f"from {ACME} by p00-icloudmta-smtpin.p00-icloudmta.svc (Postfix) with ESMTPS",
        _TOLD,
        ("p00-icloudmta-smtpin.p00-icloudmta.svc", "ESMTPS", True),
    ),
    (
        "GMX: the address behind its name is its own",
        "from mail.acme.example ([192.0.2.1]) by mx-ha.gmx.net (mxgmx017"
        " [212.227.15.9])"
        " with ESMTPS (Nemesis) id 1M-1r for <a@gmx.net>",
        _NAMELESS,
        ("mx-ha.gmx.net", "ESMTPS", True),
    ),
    (
        "IONOS, logged in",
        "from odoo ([203.0.113.7]) by mrelayeu.kundenserver.de (mreue109"
        " [212.227.15.184]) with ESMTPSA (Nemesis) id 1M-1r",
        ("odoo", "", "203.0.113.7"),
        ("mrelayeu.kundenserver.de", "ESMTPSA", True),
    ),
    (
        "OVH",
        "from mo1.mail-out.ovh.net (unknown [192.0.2.1]) by director1.mail-out.ovh.net"
        " (Postfix) with ESMTP id 1",
        ("mo1.mail-out.ovh.net", "", "192.0.2.1"),
        ("director1.mail-out.ovh.net", "ESMTP", False),
    ),
    (
        "Mailgun says nothing of TLS",
        f"from {ACME} by mxa.mailgun.org with ESMTP id 65a1",
        _TOLD,
        ("mxa.mailgun.org", "ESMTP", None),
    ),
    (
        "Amazon says nothing of TLS",
        f"from {ACME} by inbound-smtp.eu-west-1.amazonaws.com with SMTP id o1",
        _TOLD,
        ("inbound-smtp.eu-west-1.amazonaws.com", "SMTP", None),
    ),
    (
        "SendGrid",
        "from MTIz (unknown) by geopod-ismtpd-1-0 (SG) with HTTP id abc",
        ("MTIz", "", ""),
        ("geopod-ismtpd-1-0", "HTTP", None),
    ),
    (
        "Fastmail",
        "from mx4.messagingengine.com ([10.202.2.203]) by compute2.internal"
        " (LMTPProxy)",
        ("mx4.messagingengine.com", "", "10.202.2.203"),
        ("compute2.internal", "", None),
    ),
    (
        "Cloudflare",
        "from mail.acme.example (192.0.2.1) by cloudflare-email.net (unknown) id abc",
        _NAMELESS,
        ("cloudflare-email.net", "", None),
    ),
    (
        "Proofpoint",
        f"from {ACME} by mx0a-1.pphosted.com (PPS) with ESMTPS id 3x (version=TLSv1.3"
        " cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT)",
        _TOLD,
        ("mx0a-1.pphosted.com", "ESMTPS", True),
    ),
    (
        "Proofpoint, inside",
        "from pps.filterd (m1.ppops.net [127.0.0.1]) by m1.ppops.net (8.17.1.24) with"
        " ESMTP id 3x",
        ("pps.filterd", "m1.ppops.net", "127.0.0.1"),
        ("m1.ppops.net", "ESMTP", False),
    ),
    (
        "Mimecast",
        f"from {ACME} by relay.mimecast.com with ESMTP with STARTTLS (version=TLSv1.3,"
        " cipher=TLS_AES_256_GCM_SHA384) id uk-mta-1",
        _TOLD,
        ("relay.mimecast.com", "ESMTP", True),
    ),
    (
        "Mimecast, older",
        f"from {ACME} (Using TLS) by relay.mimecast.com with ESMTP id us-mta-1",
        _TOLD,
        ("relay.mimecast.com", "ESMTP", True),
    ),
    (
        "Barracuda",
        f"from {ACME} by mx-inbound1.ess.barracudanetworks.com (version=TLSv1.2"
        " cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NO)",
        _TOLD,
        ("mx-inbound1.ess.barracudanetworks.com", "", True),
    ),
    (
        "IronPort",
        "from mail.acme.example (HELO acme) ([192.0.2.1]) by esa1.hc1.iphmx.com with"
        " ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384",
        ("acme", "mail.acme.example", "192.0.2.1"),
        ("esa1.hc1.iphmx.com", "ESMTP", True),
    ),
]
PROGRAMS = [
    (
        "Haraka",
        f"from {ACME} {_MX} (Haraka/3.0.2) with ESMTPS id A1.1 envelope-from"
        " <zoe@acme.example> (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 verify=NO)",
        _TOLD,
        _SECURE,
    ),
    (
        "Stalwart",
        "from acme (mail.acme.example [192.0.2.1]) (using TLSv1_3 with cipher"
        f" TLS13_AES_256_GCM_SHA384) {_MX} (Stalwart SMTP) with ESMTPS id 1A",
        ("acme", "mail.acme.example", "192.0.2.1"),
        _SECURE,
    ),
    (
        "OpenSMTPD",
        f"from acme (<unknown> [192.0.2.1]) {_MX} (OpenSMTPD) with ESMTPS id 8b4a"
        " (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) for <a@other.example>",
        ("acme", "", "192.0.2.1"),
        _SECURE,
    ),
    (
        "CommuniGate",
        f"from [192.0.2.1] (HELO mail.acme.example) {_MX} (CommuniGate Pro SMTP 6.2)"
        " with ESMTPS id 1",
        _NAMELESS,
        _SECURE,
    ),
    (
        "CommuniGate, logged in",
        f"from [203.0.113.7] (account zoe@acme.example HELO laptop) {_MX} (CommuniGate"
        " Pro SMTP 6.2) with ESMTPA id 1",
        ("laptop", "", "203.0.113.7"),
        ("mx.other.example", "ESMTPA", False),
    ),
    (
        "James",
        f"from 203.0.113.9 (EHLO mail.acme.example) ([192.0.2.1]) {_MX} (JAMES SMTP"
        " Server ) with ESMTP ID 1",
        _NAMELESS,
        _CLEAR,
    ),
    (
        "Domino",
        f"from mail.acme.example ([192.0.2.1]) {_MX} (IBM Domino Release 9) with ESMTP",
        _NAMELESS,
        _CLEAR,
    ),
    (
        "hMailServer",
        f"from {ACME} {_MX} with ESMTPS (version=TLSv1.3 cipher=TLS_AES_256 bits=256)",
        _TOLD,
        _SECURE,
    ),
    (
        "IceWarp",
        f"from mail.acme.example ([192.0.2.1]) {_MX} (IceWarp 11.3.0.4 RHEL6 x64) with"
        " ESMTP (SSL) id 1",
        _NAMELESS,
        ("mx.other.example", "ESMTP", True),
    ),
    (
        "SendGrid, which says the same with and without TLS",
        "from mail.acme.example (mxd [192.0.2.1]) by mx.sendgrid.net with ESMTP id 1",
        ("mail.acme.example", "mxd", "192.0.2.1"),
        ("mx.sendgrid.net", "ESMTP", None),
    ),
    (
        "Dovecot's LMTP",
        "from mx.other.example ([192.0.2.9]) by imap.other.example with LMTPS id a"
        " (envelope-from <zoe@acme.example>) for <a@other.example>",
        ("mx.other.example", "", "192.0.2.9"),
        ("imap.other.example", "LMTPS", True),
    ),
    (
        "Cyrus",
        "from mx.other.example ([unix socket]) by imap (Cyrus v2.4) with LMTPA",
        ("mx.other.example", "", ""),
        ("imap", "LMTPA", False),
    ),
    (
        "fetchmail",
        "from pop.gmx.net [212.227.17.185] by localhost with POP3"
        " (fetchmail-6.4.37) for"
        " <odoo@localhost> (single-drop)",
        ("pop.gmx.net", "", "212.227.17.185"),
        ("localhost", "POP3", None),
    ),
    (
        "Roundcube",
        "from [203.0.113.7] by webmail.acme.example with HTTP (HTTP/1.1 POST)",
        ("[203.0.113.7]", "", "203.0.113.7"),
        ("webmail.acme.example", "HTTP", None),
    ),
]
ODD = [
    (
        "an address only in HELO",
        f"from [203.0.113.9] {_MX} with ESMTP id 1",
        ("[203.0.113.9]", "", ""),
        _CLEAR,
    ),
    (
        "HELO has the name of a keyword",
        f"from by (by.acme.example [192.0.2.1]) {_MX} with ESMTP id with",
        ("by", "by.acme.example", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "HELO with a comment of its own",
        f"from x (y [203.0.113.9]) (unknown [192.0.2.1]) {_MX} with ESMTP",
        ("x", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "a name that says TLS",
        f"from x (tls1.3.acme.example [192.0.2.1]) {_MX} with ESMTP id 1",
        ("x", "tls1.3.acme.example", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "a cipher that is none",
        f"from x (unknown [192.0.2.1]) (version=NONE cipher=none) {_MX} with"
        " ESMTP id 1",
        ("x", "", "192.0.2.1"),
        _CLEAR,
    ),
    (
        "a comment that does not end",
        f"from x (unknown [192.0.2.1] {_MX} with ESMTP id 1",
        ("x", "", ""),
        _CLEAR,
    ),
    (
        "numbers that are no address",
        f"from x (unknown [999.0.2.1]) {_MX} with ESMTP",
        ("x", "", ""),
        _CLEAR,
    ),
    ("nothing", "", _NONE, ("", "", None)),
]
FIELDS = [
    (f"{program}: {case}", *rest)
    for program, fields in {
        "Postfix": POSTFIX,
        "Exim": EXIM,
        "Sendmail": SENDMAIL,
        "qmail": QMAIL,
        "Google": GOOGLE,
        "Microsoft": MICROSOFT,
        "a provider": PROVIDERS,
        "a program": PROGRAMS,
        "odd": ODD,
    }.items()
    for case, *rest in fields
]
