# Part of mail_deliverability. See the LICENSE file for the licence.
{
    "name": "Mail Deliverability",
    "summary": "The right sender, a daily limit, SPF, DKIM and DMARC: mails that arrive",
    "version": "19.0.1.0.0",
    "category": "Productivity/Discuss",
    "license": "LGPL-3",
    "author": "Mail Deliverability maintainers, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/mail",
    "depends": ["base_setup", "mail"],
    "external_dependencies": {"python": ["dnspython", "dkimpy"]},
    "data": [
        "security/ir.model.access.csv",
        "data/mail_dns_provider_data.xml",
        "data/mail_sending_provider_data.xml",
        "views/mail_dns_provider_views.xml",
        "views/mail_sending_provider_views.xml",
        "views/menus.xml",
    ],
    "demo": [],
    "post_init_hook": "post_init_hook",
    "installable": True,
}
