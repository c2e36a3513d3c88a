# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The English of what can be wrong with a message; screens translate it by the codes.

What DNS failed at, and what is wrong with a record, has its words in
:mod:`mailauth.domain.reasons`.
"""

from collections.abc import Iterable

from ..domain.reasons import (
    TEXTS as DOMAIN_TEXTS,
    explain as explain_domain,
    explain_cause,
)
from ..findings import Reason
from .content import reasons as content


def _lt(text: str) -> str:
    """Mark a text for Odoo's export of terms; screens look its translation up."""
    return text


# What each finding is called, by its code.
TITLES = {
    "proves_nothing": _lt("This message proves nothing"),
    "dns_failed": _lt("DNS did not answer"),
    # SPF
    "spf_fails": _lt("SPF: the server is not on the list"),
    "spf_broken": _lt("SPF: the list of servers is broken"),
    "spf_missing": _lt("SPF: there is no list of servers"),
    "spf_unaligned": _lt("SPF: speaks of another domain than the one in From"),
    "helo_fails": _lt("SPF: the name that the server gave does not stand for it"),
    # DKIM
    "footer_added": _lt("Text was added to the message"),
    "dkim_missing": _lt("DKIM: the message is not signed"),
    "dkim_body_changed": _lt("DKIM: the content was changed after it was signed"),
    "dkim_header_changed": _lt("DKIM: a header field was changed after it was signed"),
    "dkim_no_key": _lt("DKIM: the key of the signature is not published"),
    "dkim_key_invalid": _lt("DKIM: the published key can't be used"),
    "dkim_key_differs": _lt("DKIM: another key has signed than the published one"),
    "dkim_key_weak": _lt("DKIM: the key is too short"),
    "dkim_expired": _lt("DKIM: the signature has expired"),
    "dkim_length": _lt("DKIM: only the beginning of the message is signed"),
    "dkim_testing": _lt("DKIM: the key is marked as a test"),
    "dkim_invalid": _lt("DKIM: the signature can't be read"),
    "dkim_unaligned": _lt("DKIM: signed by another domain than the one in From"),
    "dkim_unsure": _lt("DKIM: this copy may not be what was sent"),
    # DMARC
    "dmarc_fails": _lt("DMARC: nothing proves that the domain in From has sent it"),
    "dmarc_missing": _lt("DMARC: the domain has no policy"),
    # The server and the way
    "ptr_missing": _lt("PTR: the address of the server has no name that fits"),
    "tls_missing": _lt("TLS: the message travelled unencrypted"),
    "receiver_differs": _lt("The receiver saw something else"),
    "clock_skew": _lt("A clock on the way is wrong"),
    "sender_unknown": _lt("SPF: can't be told from this copy of the message"),
    "client_unknown": _lt("SPF: the address of the server is not known"),
    **content.TITLES,
}

# Why, by the code of the reason; %(name)s stands for a parameter.
TEXTS = {
    # What proves nothing
    "no_outside_hop": _lt(
        "It never came in from outside, or what says so is missing: nobody has judged"
        " it as a receiver would, so that nothing can be said of SPF, DKIM and DMARC."
    ),
    "private_only": _lt(
        "All servers on its way have private addresses. A receiver outside would see"
        " another address, so that nothing can be said of SPF, DKIM and DMARC."
    ),
    "same_account": _lt(
        "Sender and recipient have their mailboxes at the same provider, in the same"
        " account. Such messages are not judged as those of strangers are."
    ),
    # SPF
    "spf_result_fail": _lt(
        "The SPF record of %(domain)s does not list %(ip)s, where the message came"
        " from, and asks to refuse it (fail)."
    ),
    "spf_result_softfail": _lt(
        "The SPF record of %(domain)s does not list %(ip)s, where the message came"
        " from (softfail)."
    ),
    "spf_result_neutral": _lt(
        "The SPF record of %(domain)s says nothing about %(ip)s, where the message came"
        " from (neutral)."
    ),
    "spf_result_permerror": _lt(
        "The SPF record of %(domain)s is broken, so that it counts for no server."
    ),
    "spf_result_none": _lt("%(domain)s has no SPF record."),
    "spf_null_sender": _lt(
        "The message has no envelope sender, as bounces and replies by machines have"
        " none: then the name counts that the server gave (HELO)."
    ),
    "spf_forwarded": _lt(
        "The message was forwarded: the server that handed it over belongs to who"
        " forwards, and SPF can't hold there. A signature (DKIM) survives."
    ),
    "spf_by_list": _lt(
        "The message came through a mailing list, which sends with an address of its"
        " own."
    ),
    "spf_by_filter": _lt(
        "%(name)s, which handed it over, is a mail filter. One that the sender uses has"
        " to be in the SPF record. One that stands before the mailbox hides the"
        " sender's server: there it is the filter that has to ask."
    ),
    "spf_other_domain": _lt(
        "The envelope sender is in %(domain)s, and SPF speaks about that. From names"
        " %(author)s, so that it does not count for DMARC."
    ),
    "helo_result": _lt(
        "SPF for %(domain)s, the name that the server gave: %(result)s."
    ),
    "sender_not_told": _lt(
        "Nothing in the message says with which envelope sender it was handed over, so"
        " that it can't be told what SPF says."
    ),
    "client_not_told": _lt(
        "%(receiver)s does not write down which address handed the message over, so"
        " that it can't be told what SPF says."
    ),
    "helo_not_told": _lt(
        "It has no envelope sender, and nothing says by which name the server that"
        " handed it over introduced itself (HELO), so that it can't be told what SPF"
        " says."
    ),
    # DKIM
    "signature_none": _lt("There is no DKIM signature in it."),
    "signature_gone": _lt(
        "It was signed when it left, and is not any more: a server on the way has taken"
        " the signature off."
    ),
    "signature_body_changed": _lt(
        "The content is not what %(domain)s has signed (selector %(selector)s): a"
        " server on the way has changed it."
    ),
    "signature_header_changed": _lt(
        "One of the header fields that %(domain)s has signed (selector %(selector)s),"
        " such as Subject, From or To, is not what it was: a server on the way has"
        " changed it."
    ),
    "signature_author_changed": _lt(
        "Likely that is From itself: it names %(author)s, while the message was signed"
        " by another domain."
    ),
    "signature_key_differs": _lt(
        "The signature of %(domain)s was not made with the key at %(name)s, or it was"
        " damaged on the way."
    ),
    "signature_no_key": _lt(
        "The signature of %(domain)s names a key at %(name)s, and there is none."
    ),
    "signature_key_invalid": _lt(
        "The key at %(name)s, which the signature of %(domain)s names, can't be used."
    ),
    "signature_key_weak": _lt(
        "The key at %(name)s has less than 1024 bits: receivers don't accept it."
    ),
    "signature_has_expired": _lt(
        "The signature of %(domain)s (selector %(selector)s) was valid until %(when)s:"
        " the message arrived later."
    ),
    "signature_has_length": _lt(
        "The signature of %(domain)s (selector %(selector)s) covers only the beginning"
        " of the content (l=), so that anybody can add to it. Some receivers accept it,"
        " others do not."
    ),
    "signature_is_test": _lt(
        "The key of %(domain)s (selector %(selector)s) says t=y, a test: receivers take"
        " the message as if it were not signed."
    ),
    "signature_is_invalid": _lt(
        "The DKIM signature of %(domain)s can't be read as one: %(detail)s."
    ),
    "signature_lacks_tag": _lt(
        "The DKIM signature of %(domain)s lacks a part that it must have: %(detail)s"
    ),
    "signature_of_no_method": _lt(
        "The DKIM signature of %(domain)s was made in a way that receivers don't accept"
        " (any more): %(detail)s."
    ),
    "signature_without_from": _lt(
        "The DKIM signature of %(domain)s does not cover From, so that it proves"
        " nothing: %(detail)s."
    ),
    "signature_other_domain": _lt(
        "It is signed by %(domain)s. From names %(author)s, so that the signature does"
        " not count for DMARC."
    ),
    "signature_other_passes": _lt(
        "Another signature passes, so this one does no harm to the message."
    ),
    "signature_eight_bit": _lt(
        "The signature of %(domain)s does not fit. But letters beyond ASCII may have"
        " been changed on the way into this database, so it can't be told whether it"
        " fitted where the message arrived."
    ),
    "signature_cut": _lt(
        "What is here is not the whole message, so that it can't be told whether the"
        " signature of %(domain)s fits its content."
    ),
    "signature_converted": _lt(
        "A server on the way says that it has encoded the content anew"
        " (X-MIME-Autoconverted), since not every server takes letters beyond ASCII."
    ),
    "signature_by_list": _lt(
        "The message came through a mailing list, and lists change messages: they put"
        " their name into the subject or add a footer. Such a list has to send in its"
        " own name."
    ),
    "signature_header_too": _lt(
        "A header field that is signed, such as Subject, was changed as well."
    ),
    "signature_fields_changed": _lt("What was changed: %(changes)s"),
    "signature_content_changed": _lt("What was changed: %(changes)s"),
    "added_text": _lt("After the text that was signed somebody has added: %(text)s"),
    "added_inside": _lt("Somebody has added text to the message: %(text)s"),
    "added_part": _lt("Somebody has added a part to the message: %(text)s"),
    "added_epilogue": _lt(
        "Behind the last part of the message, where no mail program shows it, somebody"
        " has added: %(text)s"
    ),
    # From
    "from_no_domain": _lt(
        "What stands in From behind the @ is no domain, so that nobody can be asked"
        " whether it has sent the message."
    ),
    # DMARC
    "dmarc_not_passed": _lt(
        "Neither SPF nor DKIM passes for %(domain)s. Its policy asks receivers to do"
        " this with such messages: %(policy)s."
    ),
    "dmarc_by_others": _lt(
        "Who has sent or signed it is %(domains)s: either From is wrong, or the sender"
        " and the signature are set up for another domain."
    ),
    "dmarc_record_none": _lt("There is no DMARC record for %(domain)s."),
    "dmarc_record_several": _lt(
        "There are several DMARC records for %(domain)s, so that none counts."
    ),
    "dmarc_record_invalid": _lt(
        "The DMARC record for %(domain)s names no valid policy, so that none counts."
    ),
    # The server and the way
    "pointer_absent": _lt("The address %(ip)s has no name in DNS (PTR)."),
    "pointer_unconfirmed": _lt(
        "The address %(ip)s is called %(names)s in DNS, but no address of that name"
        " leads back to it."
    ),
    "tls_none": _lt(
        "It was handed over to %(receiver)s without encryption, as far as that server"
        " says."
    ),
    "receiver_said": _lt(
        "%(host)s says %(theirs)s for %(method)s; judged here and now it is %(ours)s."
    ),
    "receiver_saw_pass": _lt(
        "So it was changed after %(host)s had it: by the mailbox that it lay in, by"
        " whoever copied it, or on the way here."
    ),
    "clock_is_wrong": _lt(
        "By the times that servers have written, a step of the way took less than no"
        " time."
    ),
    "unanswered": _lt("%(what)s: %(cause)s (%(detail)s)."),
    **content.TEXTS,
}

# What to do about a finding, by its code.
TODO = {
    "proves_nothing": _lt(
        "Send a test to a mailbox at another provider, and bring that message here with"
        " its source."
    ),
    "dns_failed": _lt("Judge the message again in a few minutes."),
    "spf_fails": _lt(
        "Add the address to the SPF record of the domain, if it is a server of yours."
    ),
    "spf_broken": _lt(
        "Mend the SPF record: the setup of the domain proposes one that counts."
    ),
    "spf_missing": _lt("Publish the SPF record that the setup of the domain proposes."),
    "sender_unknown": _lt(
        "Bring the source of the message as its mailbox shows it, with all the lines"
        " before the text."
    ),
    "client_unknown": _lt(
        "Send a test to a mailbox at another provider, and bring that message here with"
        " its source."
    ),
    "spf_unaligned": _lt(
        "Let the server use an envelope sender of your own domain, where it can."
    ),
    "helo_fails": _lt(
        "Let the server introduce itself with its own name in DNS (HELO), or list its"
        " address in the SPF record of that name."
    ),
    "footer_added": _lt(
        "Switch the footer or disclaimer off at the server that adds it, or let that"
        " server sign."
    ),
    "dkim_missing": _lt("Set up a DKIM key for the domain in the guided setup."),
    "dkim_body_changed": _lt(
        "Find the server on the way that changes the content, such as a footer or a"
        " filter, and switch that off or let it sign."
    ),
    "dkim_header_changed": _lt(
        "Find the server on the way that rewrites header fields, and switch that off or"
        " let it sign."
    ),
    "dkim_key_differs": _lt(
        "Publish the record of the key that signs, or let the server sign with the key"
        " that is published."
    ),
    "dkim_no_key": _lt("Publish the record of the key at the domain's DNS host."),
    "dkim_key_invalid": _lt("Publish the record of the key anew, in one piece."),
    "dkim_key_weak": _lt("Make a new key with 2048 bits and publish it."),
    "dkim_expired": _lt(
        "Check the clock of the server that signs, and what keeps messages back so"
        " long."
    ),
    "dkim_length": _lt("Let the server that signs leave l= out."),
    "dkim_testing": _lt("Take t=y out of the record of the key."),
    "dkim_invalid": _lt("Check the server that signs."),
    "dkim_unaligned": _lt("Let the message be signed by the domain in From."),
    "dkim_unsure": _lt(
        "Bring the message here as a file (.eml) from a mailbox at another provider."
    ),
    "dmarc_fails": _lt(
        "Make SPF or DKIM pass for the domain in From; one of the two is enough."
    ),
    "dmarc_missing": _lt(
        "Publish the DMARC record that the setup of the domain proposes."
    ),
    "ptr_missing": _lt(
        "Ask whoever rents you the server to set its reverse name (PTR), and give that"
        " name the same address."
    ),
    "tls_missing": _lt(
        "Let the server use encryption (STARTTLS) wherever it is offered."
    ),
    "receiver_differs": _lt(
        "Ask whether records were changed since, or whether this copy was."
    ),
    "clock_skew": _lt("Set the clock of your server by NTP, if it is yours."),
    **content.TODO,
}

# What stands for a finding in TITLES and TODO where one of its reasons decides that.
_BY_REASON = {"spf_result_permerror": "spf_broken"}

# What each grade means; "" for none.
GRADES = {
    "A": _lt("SPF and DKIM pass, and a DMARC record is published"),
    "B": _lt("it passes, but at least one receiver asks for more"),
    "C": _lt("only one of SPF and DKIM passes, or there is no DMARC record"),
    "D": _lt("nothing passes, and no policy is enforced"),
    "F": _lt("a receiver would refuse it"),
    "": _lt("it can't be told"),
}


def find_title(code: str, why: Iterable[str]) -> str:
    """Return the key of a finding in TITLES and TODO.

    :param why: the codes of its reasons.
    """
    return next((_BY_REASON[one] for one in why if one in _BY_REASON), code)


def explain(reason: Reason) -> str:
    """Return a reason in English; of an unknown code what there is."""
    text = TEXTS.get(reason.code)
    if text is None or reason.code in DOMAIN_TEXTS:
        return explain_domain(reason)
    params = dict(reason.params)
    if "cause" in params:
        params["cause"] = explain_cause(params["cause"])
    return (text % params).strip()
