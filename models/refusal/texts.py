# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Refusals in words: why, who has to act, and where that is done."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# The advice where it is Odoo that does not send, for a limit of its own.
OWN_LIMIT = "own_limit"
NOT_SENT = _lt("This email was not sent: it does not fit into the daily limit.")

# Why, by what it is about; and by the advice where that knows it better.
REASONS = {
    "authentication": _lt("it is not proven that the email comes from you"),
    "reputation": _lt("the sender has a bad reputation"),
    "blocklist": _lt("the sending server is on a blocklist"),
    "rate": _lt("too many emails in a short time"),
    "account_limit": _lt("your account there has sent too much"),
    "content": _lt("the content looks like spam"),
    "mailbox_unknown": _lt("there is no such address"),
    "mailbox_full": _lt("the mailbox is full"),
    "mailbox_disabled": _lt("the mailbox is switched off"),
    "size": _lt("the email is too large"),
    "relay_denied": _lt("it does not let your account send this"),
    "recipient_rule": _lt("a rule of the recipient's forbids it"),
    "their_trouble": _lt("it has trouble of its own"),
    "unknown": _lt("the reason is not clear from its answer"),
}
REASONS_BY_ADVICE = {
    "align_from": _lt("the domain of the sender is not the one that is proven"),
    "ask_provider": _lt("it lets your account send nothing"),
    "authorize_server": _lt("it does not know this Odoo server"),
    OWN_LIMIT: _lt("it does not fit into the daily limit"),
    "check_connection": _lt("it can't be reached"),
    "check_login": _lt("user or password is wrong"),
    "check_sender": _lt("the sender's address is not known"),
    "fix_message": _lt("the email is not written as the standard asks"),
    "set_greeting": _lt("the sending server greets with a wrong name"),
    "set_up_dkim": _lt("no valid DKIM signature"),
    "set_up_dmarc": _lt("no DMARC record"),
    "set_up_ptr": _lt("the sending server's address has no name in DNS"),
    "set_up_spf": _lt("the sending server is missing in the SPF record"),
    "use_encryption": _lt("the connection was not encrypted"),
    "use_oauth": _lt("it has refused the login"),
    "use_own_address": _lt("the sender is none of your account's addresses"),
    "use_relay": _lt("it does not trust the sending server's address"),
    "verify_sender": _lt("the sender's address is not confirmed there"),
}
REASONS_BY_BOTH = {
    ("relay_denied", "ask_receiver"): _lt("it takes no emails for this address"),
}

YOU, RECIPIENT, ADMINISTRATOR, NOBODY = "you", "recipient", "administrator", "nobody"
# Who has to act, by whose it is; what you can do stands in ACTS.
ACTOR_OF_BLAME = {
    "our_setup": ADMINISTRATOR,
    "our_message": YOU,
    "our_volume": NOBODY,
    "our_reputation": ADMINISTRATOR,
    "recipient": RECIPIENT,
    "their_server": NOBODY,
    "unknown": ADMINISTRATOR,
}
ACTOR_OF_CATEGORY = {
    "account_limit": ADMINISTRATOR,
    "mailbox_unknown": YOU,
}
ACTOR_OF_ADVICE = {
    "ask_receiver": RECIPIENT,
    "check_connection": ADMINISTRATOR,
    "fix_message": ADMINISTRATOR,
}
ACTS_OF_CATEGORY = {
    "content": _lt("Change the text, links or attachments and send it again."),
    "mailbox_disabled": _lt("Ask the recipient for another address."),
    "mailbox_full": _lt("The recipient has to make room: tell them in another way."),
    "mailbox_unknown": _lt("Correct the address and send it again."),
    "recipient_rule": _lt("Ask the recipient, in another way, to allow your emails."),
    "size": _lt("Send a link to the file instead of the file."),
}
# Their administrator has to act, and only the recipient can reach that one.
ACT_OF_FAULTY = _lt("Tell the recipient, in another way, that their server refuses it.")
ACT_OF_LIMIT = _lt("Write to fewer people, or have your administrator raise the limit.")
ACTS = {
    YOU: _lt("Change the email and send it again."),
    RECIPIENT: _lt("Ask the recipient, in another way, to have your emails allowed."),
    ADMINISTRATOR: _lt("Your administrator has to act."),
    NOBODY: _lt("Nobody has to act: send it again later."),
}
ACTORS = {
    YOU: _lt("The author"),
    RECIPIENT: _lt("The recipient"),
    ADMINISTRATOR: _lt("The administrator"),
    NOBODY: _lt("Nobody: wait"),
}

DOMAIN, LIMIT, SERVER = "domain", "limit", "server"
# Where administrators act, by what it is about, and by the advice.
PLACES = {
    "authentication": DOMAIN,
    "reputation": DOMAIN,
    "blocklist": DOMAIN,
    "rate": LIMIT,
    "account_limit": LIMIT,
    "relay_denied": SERVER,
}
PLACES_BY_ADVICE = {
    "ask_provider": SERVER,
    "check_connection": SERVER,
    "set_greeting": SERVER,
    "use_encryption": SERVER,
    "use_relay": SERVER,
}
LINKS = {
    DOMAIN: _lt("Check the domain"),
    LIMIT: _lt("Daily limit"),
    SERVER: _lt("Outgoing mail server"),
}


def get_reason(category, advice):
    """Return why, a text to be translated."""
    return (
        REASONS_BY_BOTH.get((category, advice))
        or REASONS_BY_ADVICE.get(advice)
        or REASONS[category]
    )


def get_actor(category, blame, advice):
    """Return who has to act: you, recipient, administrator or nobody."""
    return (
        ACTOR_OF_ADVICE.get(advice)
        or ACTOR_OF_CATEGORY.get(category)
        or ACTOR_OF_BLAME[blame]
    )


def get_act(category, actor, advice):
    """Return what whoever has to act can do, a text to be translated."""
    if advice == OWN_LIMIT:
        return ACT_OF_LIMIT
    if actor in (YOU, RECIPIENT) and category in ACTS_OF_CATEGORY:
        return ACTS_OF_CATEGORY[category]
    if actor == RECIPIENT and category in ("relay_denied", "their_trouble"):
        return ACT_OF_FAULTY
    return ACTS[actor]


def get_place(category, advice):
    """Return where an administrator acts: domain, limit or server, None for nowhere."""
    return PLACES_BY_ADVICE.get(advice) or PLACES.get(category)
