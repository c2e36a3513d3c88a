# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The story of a test that is on its way, and what usually keeps one from coming back.

Nothing is asked of DNS: a page shows it. What DNS says has been asked for before.
"""

from odoo import fields, models, tools

from ...mailauth.message.raw import read_raw
from ..tools.moments import format_moment
from .mail_test_message_judge import USUAL
from .stored import load_raw
from .token import IN_TEXT, make_address

FETCH_CRON = "mail.ir_cron_mail_gateway_action"
MAX_HEADER = 256 * 1024
MOST = 20  # incoming servers that are told of
MAX_ERROR = 300  # characters of what went wrong, as an incoming server says it
UNDER_WAY = ("sending", "waiting")


class MailTestMessage(models.Model):
    """The story of a test that is on its way."""

    # A file for each concern.
    _inherit = "mail.test.message"  # pylint: disable=consider-merging-classes-inherited

    def get_waiting(self):
        """Return what has happened so far, in the order of events.

        :return: {"events": [...], "reasons": [...]}; each of the two a list of {"key",
            "when", "level", "sentence", "details"}: when is a datetime as clients
            read it, or False; level success, info, warning or danger; details are
            sentences. Reasons are what usually keeps a message from coming back, in
            the order to look; empty for the first two minutes.
        """
        self._check_may_test()
        self.ensure_one()
        test = self.sudo()
        if test.kind != "trip" or not test.sent_on:
            return {"events": [], "reasons": []}
        return {"events": test._list_events(), "reasons": test._list_reasons()}

    # ------------------------------------------------------------ what has happened

    def _list_events(self):
        """Return the events; None stands for what there is nothing to say of."""
        events = [
            self._tell_hand_over(),
            self._tell_bounces(),
            self._tell_hand_back(),
            *(self._tell_stray(leg) for leg in self.leg_ids),
            self._tell_end(),
        ]
        return [event for event in events if event]

    def _tell_hand_over(self):
        """Say which server has taken it, with which reply, how long ago."""
        details = [self.smtp_reply] if self.smtp_reply else []
        if self.state == "failed" and not self.back_on:
            sentence = self.failure or self.env._("The message was not sent.")
            details = [one for one in details if one != sentence]
            return _event("handed", self.sent_on, "danger", sentence, details)
        if self.state == "sending":
            sentence = self.env._("Odoo is handing the message over.")
            return _event("handed", self.sent_on, "info", sentence)
        sentence = self.env._(
            "Handed to %(server)s %(ago)s.",
            server=self.smtp_server or self.env._("the mail server"),
            ago=self._tell_ago(self.sent_on),
        )
        details = [self.env._("It answered: %(reply)s", reply=one) for one in details]
        return _event("handed", self.sent_on, "success", sentence, details)

    def _tell_ago(self, moment):
        seconds = max(0, int((fields.Datetime.now() - moment).total_seconds()))
        if seconds < 2:
            return self.env._("just now")
        if seconds < 120:
            return self.env._("%(count)s seconds ago", count=seconds)
        if seconds < 7200:
            return self.env._("%(count)s minutes ago", count=seconds // 60)
        if seconds < 172800:
            return self.env._("%(count)s hours ago", count=seconds // 3600)
        return self.env._("%(count)s days ago", count=seconds // 86400)

    def _tell_bounces(self):
        """Say who gets the bounces where the provider decides it."""
        server = self._get_used_server()
        login = self._get_login(server)
        provider = server._get_catalogue_entry()
        if provider.from_policy == "rewrite" and login:
            return self._tell_login(provider, login)
        if provider.envelope == "own":
            sentence = self.env._(
                "%(provider)s takes the bounces itself: they don't come back to Odoo. "
                "Look for them on its pages.",
                provider=provider.name,
            )
            return _event("bounces", False, "info", sentence)
        return None

    def _tell_login(self, provider, login):
        """Say whether Odoo fetches the mailbox that gets the bounces."""
        sentence = self.env._(
            "%(provider)s puts the login in place of the bounce address: bounces go to "
            "the mailbox %(login)s.",
            provider=provider.name,
            login=login,
        )
        servers = self.env["fetchmail.server"].search([("state", "=", "done")])
        logins = {tools.email_normalize(server.user or "") for server in servers}
        if tools.email_normalize(login) in logins:
            detail, level = self.env._("Odoo fetches its mail."), "success"
        else:
            level = "warning"
            detail = self.env._(
                "Odoo does not fetch its mail: it will not learn of bounces. Add it "
                "under Settings > Email Deliverability > Configuration > Incoming Mail "
                "Servers."
            )
        return _event("bounces", False, level, sentence, [detail])

    def _get_used_server(self):
        """Return the server that took it, empty for odoo.conf's or a deleted one."""
        return self.env["ir.mail_server"].browse(self.used_server_id or ()).exists()

    def _get_login(self, server):
        """Return the address that Odoo logs in with, "" where it is none."""
        from_file = not server or server.smtp_authentication == "cli"
        login = tools.config.get("smtp_user") if from_file else server.smtp_user
        return tools.email_normalize(login or "") or ""

    def _tell_hand_back(self):
        """Say what to do with a message that does not come back by itself."""
        if self.to_own or self.state not in ("waiting", "lost"):
            return None
        sentence = self.env._(
            "Open the message in the mailbox %(mailbox)s and hand it back.",
            mailbox=self.email_to,
        )
        details = [self.env._("Copy its source into Explain a Message.")]
        if address := self._get_own_address():
            forward = self.env._(
                "Forward it as an attachment to %(address)s.", address=address
            )
            details.insert(0, forward)
        return _event("hand_back", False, "info", sentence, details)

    def _get_own_address(self):
        """Return the address with the token, as long as what was sent is kept."""
        catchall = self.alias_domain_id.catchall_email
        head = read_raw(load_raw(self, "sent_raw")[:MAX_HEADER])
        values = b"".join(head.get_all("Message-ID")).decode("ascii", "replace")
        found = IN_TEXT.search(values)
        return make_address(catchall, found[1]) if catchall and found else ""

    def _tell_stray(self, leg):
        """Name what has come and is not the message that was sent."""
        details = []
        if leg.replays:
            details.append(self._word_replays(leg.replays))
        if leg.strays:
            details.append(
                self.env._(
                    "Other messages that name this test: %(count)s. They change "
                    "nothing.",
                    count=leg.strays,
                )
            )
        if not details:
            return None
        sentence = leg.stray_note or details.pop(0)
        return _event(f"stray_{leg.kind}", False, "warning", sentence, details)

    def _word_replays(self, count):
        if count == 1:
            return self.env._(
                "The same message came once more. That changes nothing: the first one "
                "counts."
            )
        return self.env._(
            "The same message came again, %(count)s times. That changes nothing: the "
            "first one counts.",
            count=count,
        )

    def _tell_end(self):
        """Say how it stands."""
        if self.back_on:
            sentence = self.env._("It is back.")
            return _event("back", self.back_on, "success", sentence)
        if self.state == "lost":
            sentence = self.env._("It has not come back within a day.")
            return _event("lost", False, "danger", sentence)
        if self.state == "waiting" and self.to_own:
            sentence = self.env._(
                "On its way back. This page shows it as soon as it arrives."
            )
            return _event("waiting", False, "info", sentence)
        return None

    # ------------------------------------------------------------ the usual reasons

    def _list_reasons(self):
        """Return what usually keeps one from coming back, in the order to look."""
        late = self.sent_on <= fields.Datetime.now() - USUAL
        if not late or not self.to_own or self.state not in ("waiting", "lost"):
            return []
        servers = self.env["fetchmail.server"].search([], limit=MOST)
        reasons = [
            self._find_no_incoming(servers),
            self._find_mx(),
            self._find_fetching_off(servers),
            *(self._find_fetched(server) for server in servers),
            self._find_mailbox(),
        ]
        return [reason for reason in reasons if reason]

    def _find_no_incoming(self, servers):
        if servers.filtered(lambda server: server.state == "done"):
            return None
        sentence = self.env._(
            "No incoming mail server is set up, so Odoo fetches no mail. Add one under "
            "Settings > Email Deliverability > Configuration > Incoming Mail Servers."
        )
        details = [
            self.env._(
                "Unless your mail server hands its mail to Odoo (odoo-mailgate): then "
                "look there."
            )
        ]
        waiting = servers.mapped("name")
        if waiting:
            details.insert(
                0, self.env._("Not confirmed yet: %(names)s", names=", ".join(waiting))
            )
        return _event("no_incoming", False, "danger", sentence, details)

    def _find_mx(self):
        """Say where the mail of the domain goes, as it was looked up meanwhile."""
        words = {"domain": self.alias_domain_id.name}
        if not self.mx_asked or self.mx_hosts is None or self.mx_hosts is False:
            return None
        if not self.mx_hosts:
            sentence = self.env._(
                "DNS names no mail server (MX) for %(domain)s: nobody knows where its "
                "mail goes.",
                **words,
            )
            return _event("mx", False, "danger", sentence)
        sentence = self.env._(
            "The mail of %(domain)s goes to %(hosts)s. Is that the server that Odoo "
            "fetches mail from, or that hands it to Odoo?",
            hosts=", ".join(self.mx_hosts),
            **words,
        )
        return _event("mx", False, "info", sentence)

    def _find_fetching_off(self, servers):
        cron = self.env.ref(FETCH_CRON, raise_if_not_found=False)
        fetched = servers.filtered(
            lambda server: server.state == "done" and server.server_type != "local"
        )
        if not fetched or (cron and cron.active):
            return None
        sentence = self.env._(
            "The scheduled action that fetches mail is switched off. Switch it on "
            "under Settings > Technical > Scheduled Actions (in developer mode)."
        )
        return _event("fetching_off", False, "danger", sentence)

    def _find_fetched(self, server):
        """Say when a server was asked last, and what went wrong."""
        if server.state != "done" or server.server_type == "local":
            return None
        words = {"name": server.name}
        if server.error_message:
            sentence = self.env._("Fetching mail from %(name)s fails.", **words)
            # A traceback may follow; what it is about stands first.
            details = [" ".join(server.error_message.split())[:MAX_ERROR]]
            level = "danger"
        elif not server.date:
            sentence = self.env._("Mail was never fetched from %(name)s.", **words)
            level, details = "danger", []
        else:
            before = server.date < self.sent_on
            level, details = ("warning" if before else "info"), []
            sentence = self.env._(
                "Mail was fetched from %(name)s last on %(moment)s.",
                moment=format_moment(self.env, server.date),
                **words,
            )
            if before:
                details = [self.env._("That was before the message was sent.")]
        return _event(f"fetched_{server.id}", server.date, level, sentence, details)

    def _find_mailbox(self):
        """Say what Odoo can't see: the mailbox itself."""
        address = self.email_to or self.alias_domain_id.catchall_email or ""
        sentence = self.env._(
            "Look into the mailbox itself: the message may lie among the spam, or the "
            "mailbox does not take %(address)s.",
            address=address,
        )
        details = [
            self.env._(
                "Odoo reads the inbox only. Mail for any address of the domain, and "
                "for addresses with a plus sign, must arrive in the mailbox that Odoo "
                "fetches."
            )
        ]
        return _event("mailbox", False, "info", sentence, details)


def _event(key, when, level, sentence, details=()):
    return {
        "key": key,
        "when": fields.Datetime.to_string(when) if when else False,
        "level": level,
        "sentence": sentence,
        "details": list(details),
    }
