# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is said of a decision about a sender, by its reason."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# Why From is what it is, by the reason of the decision.
SENTENCES = {
    "no_author": _lt(
        "Nobody is named as the author, so the default address %(default)s stands in."
    ),
    "default_sender": _lt("%(author)s is the default address itself."),
    "filter_match": _lt(
        "The server may send for %(filter)s, which includes %(author)s: the "
        "author stays."
    ),
    "filter_mismatch": _lt(
        "The server may only send for %(filter)s, which does not include "
        "%(author)s: recipients see the author's name, with %(default)s."
    ),
    "unfiltered_default": _lt(
        "The server does not say for whom it may send; Odoo then sends all "
        "mails as %(default)s, with the author's name."
    ),
    "own_domain": _lt(
        "The server may send for everybody, and %(author)s is one of your own "
        "addresses: the author stays."
    ),
    "policy_filter": _lt(
        "The server may send for everybody, and the system parameter "
        "mail_deliverability.sender_policy leaves all authors as they are."
    ),
    "policy_always": _lt(
        "%(domain)s is not yours, and the system parameter "
        "mail_deliverability.sender_policy replaces all such addresses: "
        "recipients see the author's name, with %(default)s."
    ),
    "policy_none": _lt(
        "%(domain)s is not yours, but it lets others send in its name: the "
        "author stays."
    ),
    "policy_enforced": _lt(
        "%(domain)s asks receivers to distrust mails in its name from other "
        "servers such as yours: recipients see the author's name, with "
        "%(default)s."
    ),
    "policy_unknown": _lt(
        "Nobody could find out now whether %(domain)s lets others send in its "
        "name: to be safe recipients see the author's name, with %(default)s."
    ),
    "mailbox_provider": _lt(
        "%(domain)s gives mailboxes to everybody, and receivers distrust such "
        "addresses from other servers: recipients see the author's name, with "
        "%(default)s."
    ),
}
