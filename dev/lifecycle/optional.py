# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The addon beside the modules whose mails it knows, and which may not be there."""

from unittest.mock import patch

from life import ADDON, Life, expect

DOMAIN = "acme.example"
CUSTOMERS = [f"to{number}@customer.example" for number in range(3)]


class Optional(Life):
    def installed(self):
        """Each kind of mail leaves, from each module, and a mailing waits."""
        domain = self.env["mail.alias.domain"].create({"name": DOMAIN})
        self.main_company.write({"alias_domain_id": domain.id, "email": f"me@{DOMAIN}"})
        values = {"name": "Carl", "login": "carl", "email": f"carl@{DOMAIN}"}
        self.env["res.users"].with_context(no_reset_password=True).create(values)
        self._make_outlook_server()
        self._change_the_catalogue()
        self.keep_reset_away()
        self._send_each_kind()
        self._start_mailing()

    def _make_outlook_server(self):
        """Its constraints, and the addon's, both hold for a server that is not used."""
        values = {"smtp_authentication": "outlook", "smtp_encryption": "starttls"}
        place = {"smtp_host": "smtp.outlook.com", "smtp_port": 587}
        names = {"name": "Outlook", "smtp_user": f"carl@{DOMAIN}", "active": False}
        server = self.env["ir.mail_server"].create(values | place | names)
        expect(server.smtp_authentication, "outlook")

    def _change_the_catalogue(self):
        """Facts of an earlier version, wrong ones; of one provider somebody's own."""
        self.env.cr.execute(
            """
            UPDATE mail_sending_provider
               SET spf_term = 'include:wrong.example', daily_limit = 7,
                   shipped = shipped
                       || '{"spf_term": "include:wrong.example", "daily_limit": 7}'
             WHERE name = 'Microsoft 365'
            """
        )
        self._microsoft.invalidate_recordset()
        self._microsoft.write({"spf_term": "include:own.example", "from_policy": "any"})

    def _expect_catalogue(self):
        """The update has corrected what nobody has changed."""
        found = self._microsoft
        expect(found.daily_limit > 7, True)
        own = {"spf_term": "include:own.example", "from_policy": "any"}
        expect({name: found[name] for name in own}, own)

    @property
    def _microsoft(self):
        providers = self.env["mail.sending.provider"]
        return providers.search([("name", "=", "Microsoft 365")])

    def _send_each_kind(self):
        """An invitation, a reset, a login code, a profile's confirmation."""
        user = self.user
        self.env["mail.reset.attempt"].search([]).unlink()
        # It counts by the address of the request, and there is none here.
        no_rate = patch.object(type(user), "_totp_rate_limit", lambda *_: None)
        with no_rate, self.sink() as sink:
            for send in (
                lambda: self.env["res.users"].reset_password("carl"),
                user.action_reset_password,
                user._send_totp_mail_code,
                user._send_profile_validation_email,
            ):
                sink.deliveries.clear()
                send()
                self.env.cr.commit()
                expect(sink.recipients(), [user.email])

    def _start_mailing(self):
        """The newsletter of three goes to one today."""
        self.set_limit(self._get_sent() + 1)
        self.parameters.set_param(f"{ADDON}.daily_limit_reserve", "0")
        contacts = [{"name": address, "email": address} for address in CUSTOMERS]
        partners = self.env["res.partner"].create(contacts)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env.ref("base.model_res_partner").id,
                "mailing_domain": f"[('id', 'in', {partners.ids})]",
                "email_from": f"me@{DOMAIN}",
                "reply_to_mode": "update",
                "keep_archives": True,
            }
        )
        with self.sink() as sink:
            mailing.action_send_mail()
            self.env["mail.mail"].process_email_queue()
            expect(len(sink.deliveries), 1)
        self._expect_traces("outgoing", "outgoing", "sent")

    def upgraded(self):
        """The rest of the mailing leaves; the other mails do as before; the end."""
        self._expect_catalogue()
        self._expect_traces("outgoing", "outgoing", "sent")
        self.set_limit(0)
        self._send_each_kind()
        expect(sorted(self._list_recipients(self.send_queue())), CUSTOMERS[1:])
        self._expect_traces("sent", "sent", "sent")
        self.uninstall_addon()

    def uninstalled(self):
        """The modules do without."""
        expect(self._get_module().state, "uninstalled")
        with self.sink() as sink:
            self.env["res.users"].reset_password("carl")
            self.user._send_profile_validation_email()
            expect(sink.recipients(), [self.user.email] * 2)

    @property
    def user(self):
        return self.env["res.users"].search([("login", "=", "carl")])

    def _expect_traces(self, *states):
        traces = self.env["mailing.trace"].search([])
        expect(sorted(traces.mapped("trace_status")), list(states))

    def _list_recipients(self, deliveries):
        return [to for delivery in deliveries for to in delivery.rcpt_tos]

    def _get_sent(self):
        counters = self.env["mail.send.counter"].search([("server_id", "=", 0)])
        return sum(counters.mapped("sent"))
