# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The English of every check and reason; screens translate it by the codes."""

from collections.abc import Iterable
from typing import Literal

from ..findings import Reason

# What "for information" can mean: mails arrive without it just as well; it does not
# apply here; it can't be told yet; or what is wrong is another check's matter.
Kind = Literal["optional", "not_applicable", "open", "elsewhere"]


def _lt(text: str) -> str:
    """Mark a text for Odoo's export of terms; screens look its translation up."""
    return text


# Checks that say whether receivers believe the domain's own mails.
OWN_MAILS = ("spf_authorizes", "dmarc_alignment")

# What each check is called, by its code.
TITLES = {
    "domain_exists": _lt("The domain exists"),
    "spf_record": _lt("SPF: the list of who may send"),
    "spf_single": _lt("SPF: one record only"),
    "spf_syntax": _lt("SPF: written correctly"),
    "spf_lookups": _lt("SPF: short enough"),
    "spf_authorizes": _lt("SPF: your server is on the list"),
    "sender": _lt("Your provider takes your senders"),
    "dkim_key": _lt("DKIM: the key for your signature"),
    "dmarc_record": _lt("DMARC: what to do with forgeries"),
    "dmarc_policy": _lt("DMARC: how strict it is"),
    "dmarc_alignment": _lt("DMARC: your own mails pass"),
    "dmarc_reports": _lt("DMARC: reports reach you"),
    "mx": _lt("MX: replies come back"),
    "return_path": _lt("Bounces come back"),
    "ptr": _lt("PTR: the name of your server"),
    "mta_sts": _lt("MTA-STS: encrypted delivery to you"),
    "tls_rpt": _lt("TLS reports"),
    "bimi": _lt("BIMI: your logo beside your mails"),
    "dnssec": _lt("DNSSEC: signed DNS answers"),
}

# Why a check found what it found, by code; %(name)s stands for a parameter.
TEXTS = {
    # DNS
    "dns_failed": _lt("Nothing is known: %(cause)s (%(detail)s)."),
    "domain_found": _lt("The domain exists."),
    "domain_missing": _lt(
        "There is no domain %(domain)s: it is not registered (any more), or the name"
        " has a typing error."
    ),
    "domain_empty": _lt(
        "There is nothing at %(domain)s yet. As a part of %(above)s it begins to exist"
        " with the first record that is published below; until then many receivers"
        " refuse its mails."
    ),
    "dns_silent": _lt(
        "DNS did not answer a single question about this domain, so nothing is known"
        " about it, and nothing is proposed. Mostly a firewall lets no DNS through"
        " (port 53, UDP and TCP), or the nameservers that are asked are down."
    ),
    "name_invalid": _lt("This is not a domain name: %(detail)s"),
    "mended_name": _lt(
        "The record is published at the wrong name, %(wrong)s, where nobody looks: the"
        " form of the DNS host has added the domain once more. It belongs to %(right)s;"
        " type the name without the domain, and delete the wrong record."
    ),
    "effect_name": _lt(
        "At the right name this record counts for the first time. The mails by all"
        " servers that are known here pass."
    ),
    "effect_name_some": _lt(
        "At the right name this record counts for the first time, and may get mails"
        " refused that don't pass: that the mails by %(servers)s do is not certain."
    ),
    "effect_name_unseen": _lt(
        "At the right name this record counts for the first time, and may get mails"
        " refused that don't pass: whether yours do can't be told from here."
    ),
    "alias_elsewhere": _lt(
        "%(name)s is an alias (CNAME) of %(target)s, and nothing may stand beside an"
        " alias: the record has to be changed by whoever keeps it there, or the CNAME"
        " has to go."
    ),
    "dnssec_valid": _lt("The answers of DNS are signed, and the signatures are right."),
    "dnssec_absent": _lt(
        "The answers of DNS are not signed (DNSSEC), or the signatures were not"
        " checked."
    ),
    # SPF: the servers by which mails leave
    "spf_ok": _lt("Receivers see that %(address)s may send for %(domain)s."),
    "spf_refused": _lt(
        "Nothing tells receivers that %(address)s may send for %(domain)s (SPF:"
        " %(result)s)."
    ),
    "spf_private": _lt(
        "%(address)s is known inside a network only: receivers see another address of"
        " %(server)s. Say which one your mails leave from."
    ),
    "spf_nobody_passes": _lt(
        "Whatever address your mails leave from, they don't pass SPF for %(domain)s."
    ),
    "spf_lets_nobody": _lt("The SPF record of %(domain)s lets nobody send."),
    "spf_guess_ok": _lt(
        "%(address)s may send for %(domain)s. That your mails leave from there is only"
        " a guess: say where they do."
    ),
    "spf_guess_bad": _lt(
        "Nothing tells receivers that %(address)s may send for %(domain)s (SPF:"
        " %(result)s). That your mails leave from there is only a guess: say where they"
        " do."
    ),
    "spf_term_ok": _lt("The SPF record of %(domain)s includes %(term)s."),
    "spf_term_missing": _lt("The SPF record of %(domain)s lacks %(term)s."),
    "spf_term_broken": _lt(
        "%(term)s does not count for %(domain)s: receivers stop before it or at it."
    ),
    "spf_term_partly": _lt(
        "%(term)s in the SPF record of %(domain)s does not count for all servers that"
        " it stands for: too many terms before it find nothing for IPv4 or for IPv6"
        " addresses. Put it before them."
    ),
    "spf_term_invalid": _lt("%(term)s is not a valid SPF term."),
    "spf_no_server": _lt("It is not known how the domain's mails leave."),
    "spf_no_address": _lt(
        "This is all that can be seen from here: from which address %(server)s sends is"
        " not known. Say where your mails leave from."
    ),
    "spf_provider_domain": _lt(
        "%(server)s sends with a return address of its own (the envelope): SPF is then"
        " the provider's matter, and only DKIM can prove that the mail is yours."
    ),
    "spf_subdomain_unknown": _lt(
        "%(server)s sends with a subdomain of yours as return address, and which one is"
        " not known."
    ),
    # SPF: what ends the evaluation
    "spf_stops_leads_nowhere": _lt(
        "%(detail)s leads to a domain without an SPF record, and receivers stop there."
    ),
    "spf_stops_several": _lt(
        "%(detail)s: more than one SPF record is there, and receivers use none of them."
    ),
    "spf_stops_syntax": _lt("Receivers stop at a term that can't be read: %(detail)s."),
    "spf_stops_loop": _lt(
        "%(detail)s leads back to a record that it came from, and receivers stop there."
    ),
    "spf_stops_lookups": _lt(
        "Receivers stop after ten lookups (questions to DNS), at %(detail)s."
    ),
    "spf_stops_void": _lt(
        "Receivers may stop at the third term that finds nothing (%(detail)s)."
    ),
    "spf_stops_mx": _lt(
        "%(detail)s leads to more than ten mail exchanges, and receivers stop there."
    ),
    "spf_stops_macro": _lt("A macro in the record can't be filled in: %(detail)s."),
    "spf_stops_other": _lt("Receivers can't evaluate the record: %(detail)s."),
    # The address in From, at services that mind it
    "sender_free": _lt("No server of yours is known to insist on certain senders."),
    "sender_ok": _lt(
        "Mails by %(server)s leave from its own account or from an address in its “FROM"
        " Filtering”. As far as can be seen from here, %(provider)s takes these."
    ),
    "sender_set_up": _lt(
        "%(provider)s takes only senders that are set up there: the domain, or each"
        " address."
    ),
    "sender_default_refused": _lt(
        "%(provider)s refuses senders that its account may not use. %(server)s may send"
        " for %(filter)s, and mails of all others leave as %(default)s, which is not"
        " among them: they come back with 550 5.7.60, 554 5.2.252 or the like. Make"
        " %(meant)s the “Default From Alias” of your email domain."
    ),
    "sender_default_replaced": _lt(
        "%(provider)s replaces senders that its account may not use with the account's"
        " own address. %(server)s may send for %(filter)s, and mails of all others"
        " leave as %(default)s, which is not among them. Make %(meant)s the “Default"
        " From Alias” of your email domain."
    ),
    "sender_no_default_refused": _lt(
        "%(provider)s refuses senders that its account may not use, and no default"
        " address is set that could be the sender instead. Make %(meant)s the “Default"
        " From Alias” of your email domain."
    ),
    "sender_no_default_replaced": _lt(
        "%(provider)s replaces senders that its account may not use with the account's"
        " own address. No default address is set that could be the sender instead."
        " Make %(meant)s the “Default From Alias” of your email domain."
    ),
    "sender_account_refused": _lt(
        "%(provider)s refuses senders that its account may not use. Which ones it may"
        " use (Send As) can't be seen from here. If that is its own address alone,"
        " write %(meant)s into the “FROM Filtering” of the server and make it the"
        " “Default From Alias” of your email domain."
    ),
    "sender_account_replaced": _lt(
        "%(provider)s replaces senders that its account may not use with the account's"
        " own address. Which ones it may use can't be seen from here. Add each of your"
        " senders as an alias of the account, or write %(meant)s into the “FROM"
        " Filtering” of the server and make it the “Default From Alias” of your email"
        " domain."
    ),
    # SPF: the record
    "spf_unused": _lt(
        "No mail of yours has this domain in its return address (the envelope), so"
        " receivers never look at this record."
    ),
    "spf_record_ok": _lt("%(domain)s publishes an SPF record."),
    "spf_record_change": _lt(
        "SPF is published, but something in it has to be changed: see what else is said"
        " about SPF."
    ),
    "spf_single_ok": _lt("%(domain)s publishes exactly one SPF record."),
    "spf_syntax_ok": _lt("Every term of the SPF record of %(domain)s can be read."),
    "spf_lookups_ok": _lt(
        "Lookups that receivers need to read the record: %(lookups)s, of 10 that are"
        " allowed. Those that find nothing: %(void)s, of 2."
    ),
    "spf_nothing_to_judge": _lt(
        "There is not exactly one SPF record of %(domain)s, so this can't be checked."
    ),
    "spf_record_none": _lt("Receivers find no SPF record at %(domain)s."),
    "spf_record_nearly": _lt(
        "%(domain)s has no SPF record that receivers read: they ignore every record"
        " that does not begin with v=spf1 and a blank. This one was meant to be one:"
        " %(detail)s"
    ),
    "spf_record_several": _lt(
        "%(domain)s has %(detail)s SPF records: receivers use none of them."
    ),
    "spf_type99": _lt("There is a record of the type SPF (99), which nobody reads."),
    "spf_syntax_unknown_mechanism": _lt("Unknown mechanism %(term)s at %(position)s."),
    "spf_syntax_bad_domain": _lt("%(term)s at %(position)s names no valid domain."),
    "spf_syntax_bad_prefix": _lt("The prefix length of %(term)s is not valid."),
    "spf_syntax_bad_network": _lt("%(term)s at %(position)s is no network."),
    "spf_syntax_bad_argument": _lt(
        "The argument of %(term)s at %(position)s is wrong."
    ),
    "spf_syntax_macro_syntax": _lt("The macro in %(term)s at %(position)s is wrong."),
    "spf_syntax_duplicate_modifier": _lt("%(term)s at %(position)s is there twice."),
    "spf_syntax_too_long": _lt(
        "The SPF record of %(domain)s is too long: what stands from character"
        " %(position)s on is not read."
    ),
    "spf_syntax_not_ascii": _lt("%(term)s at %(position)s is not ASCII."),
    "spf_include_syntax": _lt("The record that %(term)s leads to can't be read."),
    "spf_after_all": _lt("%(term)s stands after “all” and is never read."),
    "spf_redirect_ignored": _lt("%(term)s is ignored, since there is an “all”."),
    "spf_pass_all": _lt("+all lets everybody send in your name."),
    "spf_neutral_all": _lt("?all says nothing about those who may not send."),
    "spf_no_all": _lt(
        "The record says nothing about those who may not send (no “all”)."
    ),
    "spf_ptr": _lt("%(term)s is slow and must not be used any more."),
    "spf_duplicate": _lt("%(term)s is there twice."),
    "spf_wide_network": _lt("%(term)s lets a very large network send."),
    "spf_lost_mechanism": _lt(
        "%(term)s is ignored: its name must be followed by a colon, not by an equals"
        " sign."
    ),
    "spf_cut": _lt(
        "The record ends after exactly %(detail)s characters and has no end (“all”):"
        " the form where it was typed in has probably cut it off."
    ),
    "spf_long_string": _lt(
        "The record has %(detail)s bytes and needs several strings."
    ),
    "spf_long_record": _lt("The record has %(detail)s bytes; some can't receive it."),
    "spf_too_many_lookups": _lt(
        "Receivers stop after ten lookups, and the record needs %(detail)s: what comes"
        " after the tenth does not count."
    ),
    "spf_void_lookups": _lt(
        "Terms of the record that look something up and find nothing: %(detail)s."
        " Receivers may stop at the third."
    ),
    "spf_void_ipv6": _lt(
        "For mails from IPv6 addresses %(detail)s terms of the record find nothing, and"
        " receivers may stop at the third: what sends by IPv6 has to stand before them."
    ),
    "spf_void_ipv4": _lt(
        "For mails from IPv4 addresses %(detail)s terms of the record find nothing, and"
        " receivers may stop at the third: what sends by IPv4 has to stand before them."
    ),
    "spf_include_none": _lt("%(term)s leads to a domain without an SPF record."),
    "spf_redirect_none": _lt("%(term)s leads to a domain without an SPF record."),
    "spf_include_several": _lt("%(term)s leads to a domain with several SPF records."),
    "spf_include_loop": _lt("%(term)s leads back to a record that it came from."),
    "spf_too_many_mx": _lt("%(detail)s has more than ten MX hosts."),
    "repair_too_long": _lt(
        "No record can be suggested: what is published is too long (%(detail)s)."
    ),
    "repair_too_many_lookups": _lt(
        "There is no room for %(detail)s: receivers stop after ten lookups, and with it"
        " servers that pass SPF now would no longer do so. First take out what is no"
        " longer used."
    ),
    "repair_no_sender": _lt(
        "First find out how the domain's mails leave: by which provider, or from which"
        " public address. No record is suggested before, since one that lets nobody"
        " send marks your own mails as forged."
    ),
    "repair_negative_conflict": _lt(
        "No record can be suggested: a term refuses what is needed (%(detail)s)."
    ),
    "repair_merge_conflict": _lt(
        "No record can be suggested: the records contradict each other (%(detail)s)."
    ),
    "repair_unclear_refusal": _lt(
        "No record can be suggested: %(detail)s can't be read. The sign in front says"
        " that it was meant to refuse somebody, whom a later term may let pass. Write"
        " it as it was meant, or take it out."
    ),
    "repair_alias": _lt(
        "This name is an alias (CNAME) of %(detail)s, and nothing may stand beside a"
        " CNAME: the SPF record has to be changed there, or the CNAME to be replaced."
    ),
    # SPF: what the suggested record changes
    "mended_spf_start": _lt(
        "The suggested record begins with v=spf1 and a blank, since receivers read no"
        ' other; the published one begins with "%(text)s".'
    ),
    "mended_spf_quotes": _lt(
        "In the suggested record the quotation marks are left out: they were typed in"
        " as a part of the value, so nobody reads what is published. Type the value"
        " without them."
    ),
    "mended_spf_term": _lt(
        'Receivers can\'t read "%(text)s". In the suggested record it is "%(meant)s".'
    ),
    "mended_spf_sign": _lt(
        'Left out: "%(text)s", which receivers can\'t read and which says nothing.'
    ),
    "mended_spf_type99": _lt(
        "The record is published with the type SPF (99), for which nobody asks any"
        " more. It belongs in a TXT record; the other one can be deleted."
    ),
    "mended_spf_cut": _lt(
        "The form has cut the record off after 255 characters. In the suggested record"
        " it ends in %(meant)s in place of %(text)s."
    ),
    "mended_spf_no_all": _lt(
        "The published record has no end. The suggested one ends in %(meant)s: mail"
        " from anywhere else is doubtful."
    ),
    "mended_spf_pass_all": _lt(
        "%(text)s lets everybody send in your name. In the suggested record %(meant)s"
        " stands in its place."
    ),
    "mended_spf_ends": _lt(
        "The published records end in different ways (%(text)s); the suggested one ends"
        " in %(meant)s."
    ),
    "omitted_spf_term": _lt(
        'Left out: "%(text)s". Receivers can\'t read it, and what it was meant to say'
        " is not certain. If it was meant for one of your senders, add that sender."
    ),
    "omitted_spf_twice": _lt(
        "Left out: %(text)s. It is there twice, and may be there only once."
    ),
    "omitted_spf_cut": _lt(
        'The published record ends in "%(text)s", after exactly 255 characters: the'
        " form has probably cut it off. What came then is not known: look where the"
        " record was copied from, and add what is missing."
    ),
    "omitted_spf_after_all": _lt(
        "Left out: %(text)s. It stands after “all”, where nobody reads any further. If"
        " it should count, put it before “all”."
    ),
    "omitted_spf_unregistered": _lt(
        "Left out: %(text)s. The domain %(domain)s does not exist: whoever registers it"
        " could send in your name."
    ),
    "mended_spf_neutral_all": _lt(
        "%(text)s at the end says nothing about those who may not send. The suggested"
        " record ends in %(meant)s."
    ),
    "mended_spf_in_front": _lt(
        "In the suggested record %(text)s stands further in front, so that it counts"
        " whatever happens behind it."
    ),
    "effect_spf_still_stops": _lt(
        "Receivers will still stop at %(text)s, as they do now. What stands behind it"
        " does not count until something is taken out or mended there."
    ),
    "omitted_spf_no_room": _lt(
        "Left out: %(text)s. Receivers stop after ten lookups, and with it servers that"
        " pass SPF now would no longer do so. First take out what is no longer used."
    ),
    "omitted_spf_dead_leads_nowhere": _lt(
        "%(text)s is left out: it leads to a domain without an SPF record. Receivers"
        " would stop there, and it lets nobody send."
    ),
    "omitted_spf_dead_several": _lt(
        "%(text)s is left out: it leads to more than one SPF record, of which receivers"
        " use none. Add it again as soon as its owner has mended that."
    ),
    "omitted_spf_dead_syntax": _lt(
        "%(text)s is left out: it leads to a record that can't be read, where receivers"
        " would stop. Add it again as soon as its owner has mended that."
    ),
    "omitted_spf_dead_loop": _lt(
        "%(text)s is left out: it leads back to a record that it came from, and"
        " receivers would stop there."
    ),
    "omitted_spf_dead_lookups": _lt(
        "%(text)s is left out: it needs more than ten lookups before it lets anybody"
        " send, and receivers would stop there."
    ),
    "omitted_spf_dead_void": _lt(
        "%(text)s is left out: it finds nothing three times before it lets anybody"
        " send, and receivers may stop there."
    ),
    "omitted_spf_dead_mx": _lt(
        "%(text)s is left out: it leads to more than ten mail exchanges, and receivers"
        " would stop there."
    ),
    "omitted_spf_dead_macro": _lt(
        "%(text)s is left out: its macro can't be filled in."
    ),
    "omitted_spf_dead_other": _lt("%(text)s is left out: receivers can't evaluate it."),
    "omitted_spf_dead_empty": _lt(
        "%(text)s is left out: no server has that name, so it lets nobody send."
    ),
    "omitted_spf_beside": _lt(
        "Beside the SPF record that counts there is one that nobody reads, and nothing"
        " was taken over from it. If it is not needed, delete it: %(text)s"
    ),
    "omitted_spf_other": _lt(
        "There is a record that looks like SPF, but nobody reads it. Perhaps somebody"
        " has switched it off on purpose, so nothing was taken over from it: %(text)s"
    ),
    "effect_spf_fail": _lt(
        "So far receivers could not use the SPF record. With the suggested one they may"
        " refuse what comes from a server that is not on the list (-all). The servers"
        " that are known here are on it: %(servers)s."
    ),
    "effect_spf_fail_some": _lt(
        "So far receivers could not use the SPF record. With the suggested one they may"
        " refuse what comes from a server that is not on the list (-all), and these"
        " servers are not known to be on it: %(servers)s. To be safe, use ~all in place"
        " of -all first."
    ),
    "effect_spf_softfail_some": _lt(
        "So far mails from other servers were not marked. With the suggested record"
        " they are (~all), and these servers are not known to be on the list:"
        " %(servers)s. Say where they send from, so that they can be added."
    ),
    "effect_spf_fail_unseen": _lt(
        "So far receivers could not use the SPF record. With the suggested one they may"
        " refuse what comes from a server that is not on the list (-all), and it is not"
        " known here by which servers the domain's mails leave. To be safe, use ~all in"
        " place of -all first."
    ),
    # DKIM
    "key_ok": _lt("Selector %(selector)s shows a valid key (%(bits)s bits)."),
    "key_none": _lt("No DKIM key is known for the domain."),
    "key_unknown_selector": _lt(
        "%(server)s signs, but the name of its key (the selector) is not known here:"
        " whether receivers find it can't be told."
    ),
    "key_unknown_selector_seen": _lt(
        "Mails by %(server)s have shown a valid signature. The name of its key (the"
        " selector) is not known here, so nobody is told when the key goes missing."
    ),
    "key_unknown_domain": _lt(
        "%(server)s signs as a subdomain of yours, and which one is not known here:"
        " whether receivers find its key can't be told."
    ),
    "key_unknown_domain_seen": _lt(
        "Mails by %(server)s have shown a valid signature as a subdomain of yours."
        " Which subdomain is not known here, so nobody is told when the key goes"
        " missing."
    ),
    "key_unseen": _lt(
        "Selector %(selector)s shows a valid key (%(bits)s bits): published, not yet"
        " seen on a mail. Whether %(server)s signs with it is decided there."
    ),
    "key_standby": _lt(
        "Selector %(selector)s is kept ready: its CNAME is there, and %(server)s puts a"
        " key behind it when it needs one. It signs with another selector now."
    ),
    "key_retired": _lt(
        "Selector %(selector)s is out of use: its key is withdrawn, and %(server)s"
        " signs with another selector."
    ),
    "key_spare_absent": _lt(
        "Selector %(selector)s is not published; %(server)s has another one that is."
    ),
    "key_next_absent": _lt(
        "Selector %(selector)s is missing. Mails are signed with another one today, but"
        " %(server)s will go over to this one with its next key: then nobody can check"
        " its signatures."
    ),
    "key_spare_broken": _lt(
        "Another selector shows a valid key, but %(selector)s is damaged: signatures"
        " with it can't be checked."
    ),
    "key_cname_other": _lt(
        "The CNAME points to %(there)s, not to %(target)s, and there is a valid key."
    ),
    "key_cname_wrong": _lt(
        "The CNAME points to %(there)s; it has to point to %(target)s."
    ),
    "key_copied": _lt(
        "The key of selector %(selector)s stands in your own zone, where the service"
        " asks for a CNAME: if that is a copy, it will be out of date with the next"
        " key."
    ),
    "key_some_verifiers": _lt(
        "Strictly read, this is no valid key. Many receivers accept it all the same,"
        " others do not."
    ),
    # DKIM: what has happened to a record
    "key_cut": _lt(
        "The record was cut off after %(length)s characters. Many forms take 255 at"
        " most: enter it in two parts, as your DNS host explains, or ask there."
    ),
    "key_cut_front": _lt("The beginning of the key is missing."),
    "key_case_lost": _lt(
        "Capitals and small letters of the key were mixed up when it was stored: that"
        " makes it another key."
    ),
    "key_plus_lost": _lt("The plus signs of the key were lost when it was stored."),
    "key_private": _lt(
        "The SECRET half of a key is published. Delete it at once and make a new key:"
        " whoever has read it can sign in your name."
    ),
    "key_spread": _lt(
        "One long key was entered as several records. It has to be one record, though"
        " it may consist of several strings."
    ),
    "key_joint": _lt("Quotation marks stand in the middle of the key."),
    "key_padding": _lt("The equals signs at the end of the key are missing."),
    "key_hidden": _lt("There are characters in it that can't be seen."),
    "key_quotes": _lt("Quotation marks were typed in with the record."),
    "key_backslashes": _lt("Backslashes were typed in with the record."),
    "key_pem": _lt("The lines BEGIN PUBLIC KEY and END PUBLIC KEY don't belong to it."),
    "key_semicolons": _lt("The semicolons between its parts are missing or too many."),
    "key_capitals": _lt(
        "Capitals stand in the record where small letters belong, or small letters"
        " where capitals belong."
    ),
    "key_hash_case": _lt("The name of the hash (h=) has to be in small letters."),
    "key_order": _lt("The part v=DKIM1 has to stand first."),
    "key_tag_name": _lt(
        "The name of one of its parts has a hyphen, which is not allowed."
    ),
    "key_leftovers": _lt("Something stands in it that is no part of a key record."),
    "key_repeated": _lt("A part of it is there twice."),
    "key_letters": _lt("The key has characters that don't belong to it."),
    "mended_key": _lt(
        "The suggested record holds the same key, written as all receivers read it."
    ),
    "key_not_active": _lt("Nothing is signed with selector %(selector)s yet."),
    "key_idle": _lt(
        "Nothing is signed with selector %(selector)s now: all servers by which the"
        " domain's mails leave sign by themselves."
    ),
    "key_unusable": _lt(
        "The private half of this key can't be read, so mails leave without its"
        " signature."
    ),
    "key_selector": _lt("This is not a selector: %(detail)s"),
    "key_absent": _lt("There is no key record at this name."),
    "key_cname_dangling": _lt("The CNAME points to a name where there is no key."),
    "key_cname_differs": _lt("The CNAME leads to another key: %(detail)s"),
    "key_several": _lt(
        "There are %(detail)s records at this name; there must be one. Delete the"
        " others."
    ),
    "key_differs": _lt("The published key is another one: %(detail)s"),
    "key_too_large": _lt("The record is too large for a key (%(detail)s bytes)."),
    "key_quoted": _lt(
        "The record holds quotation marks or backslashes of a zone file: %(detail)s"
    ),
    "key_syntax": _lt("The record can't be read: %(detail)s"),
    "key_version": _lt("This is no record of a DKIM key: %(detail)s"),
    "key_missing": _lt("The record has no p= with the key."),
    "key_revoked": _lt("The key is revoked: p= is empty."),
    "key_type": _lt("Keys of this type are not known: %(detail)s"),
    "key_base64": _lt("The key is not valid base64: %(detail)s"),
    "key_data": _lt("This is no readable key (%(detail)s bytes)."),
    "key_too_short": _lt(
        "Keys under 1024 bits are not valid; this one has %(detail)s."
    ),
    "key_hash": _lt(
        "The record does not allow the hash that mails are signed with (sha256):"
        " %(detail)s"
    ),
    "key_service": _lt("The record does not allow e-mail: %(detail)s"),
    "key_testing": _lt(
        "The key is marked as being tested (t=y): receivers may treat its mails as"
        " unsigned."
    ),
    "key_strict": _lt(
        "The key is only for this very domain, not for subdomains (t=s)."
    ),
    "key_short": _lt("The key has less than 2048 bits."),
    "key_long": _lt(
        "The key has more than 4096 bits. Receivers need not support that, and some"
        " don't."
    ),
    # DMARC: the record
    "dmarc_found": _lt("There is one valid DMARC record at %(domain)s."),
    "dmarc_inherited": _lt("The DMARC record of %(domain)s applies."),
    "dmarc_absent": _lt("There is no DMARC record for %(domain)s."),
    "dmarc_read_partly": _lt(
        "Receivers read the DMARC record at %(domain)s, but not all of it."
    ),
    "dmarc_counts_none": _lt(
        "Receivers take the DMARC record at %(domain)s for one with p=none: they"
        " report, and refuse nothing."
    ),
    "dmarc_invalid": _lt("The DMARC record of %(domain)s is not valid."),
    "dmarc_ignored": _lt("Receivers ignore the DMARC record at %(domain)s."),
    "dmarc_nearly": _lt(
        "There is a record at %(domain)s that was meant for DMARC, but receivers ignore"
        " it: it must begin with exactly “v=DMARC1;”, and nothing may stand before"
        " that."
    ),
    "dmarc_nearly_above": _lt(
        "There is a record at %(domain)s that was meant for DMARC, but receivers ignore"
        " it: it must begin with exactly “v=DMARC1;”, and nothing may stand before"
        " that. So the policy of %(parent)s applies instead (%(policy)s): %(text)s"
    ),
    "dmarc_several": _lt(
        "%(domain)s has several DMARC records: receivers use none of them."
    ),
    "dmarc_several_above": _lt(
        "%(domain)s has several DMARC records: receivers use none of them. Receivers"
        " that follow the new standard apply the policy of %(parent)s instead"
        " (%(policy)s), older ones apply none. There it says: %(text)s"
    ),
    "dmarc_near_miss": _lt(
        "This looks like a DMARC record, but receivers don't take it for one, perhaps"
        " on purpose: %(text)s. If it is the one that should count, correct its"
        " beginning to “v=DMARC1;”, otherwise delete it."
    ),
    "dmarc_record_change": _lt(
        "Receivers read the policy of this record, but something in it should be"
        " written in another way."
    ),
    "dmarc_unclear": _lt(
        "Only you can say which policy was meant by this: %(text)s. Write none (only"
        " report), quarantine (to spam) or reject (refuse) in its place."
    ),
    "dmarc_cut": _lt(
        "The record ends after 255 characters in the middle of something: the form"
        " in which it was entered has probably cut off the rest."
    ),
    "dmarc_psd": _lt(
        "With psd=y the record says that anybody can register names below %(domain)s,"
        " as below .com. Receivers then don't count its subdomains as yours."
    ),
    "dmarc_alias": _lt(
        "%(name)s is an alias (CNAME): the record is kept at %(target)s."
    ),
    "dmarc_alias_dangling": _lt(
        "%(name)s is an alias (CNAME) of %(target)s, and no DMARC record is there."
    ),
    "dmarc_alias_change": _lt(
        "Let whoever keeps %(target)s publish this there: %(record)s. Or delete the"
        " CNAME at %(name)s, and then publish it here as a TXT record. A CNAME and a"
        " TXT record can't both be at %(name)s."
    ),
    "dmarc_tag_syntax": _lt(
        "Receivers can't read this part, and skip it: %(text)s. A part is a name, an"
        " equals sign and a value."
    ),
    "dmarc_tag_empty": _lt("Two semicolons follow each other: receivers don't mind."),
    "dmarc_tag_value": _lt(
        "Receivers skip this part, because it has a character that may not be there:"
        " %(text)s"
    ),
    "dmarc_tag_duplicate": _lt(
        "This is there a second time, and may be there only once: %(text)s. Receivers"
        " use the first one, or ignore the record."
    ),
    "dmarc_tag_unknown": _lt("Receivers don't know this part, and skip it: %(text)s"),
    "dmarc_tag_case": _lt(
        "The name of this part is better written in small letters: %(text)s"
    ),
    "dmarc_tag_removed": _lt(
        "Receivers that follow the new standard skip this part: %(text)s"
    ),
    "dmarc_pct": _lt(
        "Only older receivers read this part: %(text)s. They apply the policy to that"
        " percentage of the mails that don't pass, and the next milder one to the rest;"
        " all others apply the policy to each. Take the part out as soon as the reports"
        " show that all your own mails pass."
    ),
    "dmarc_pct_zero": _lt(
        "Because of %(text)s older receivers apply the next milder policy: quarantine"
        " in place of reject, none in place of quarantine. All others skip that part,"
        " and apply the policy itself."
    ),
    "dmarc_pct_testing": _lt(
        "%(text)s says to older receivers what t=y says to the others: to apply the"
        " next milder policy, quarantine in place of reject, none in place of"
        " quarantine. Take both out together."
    ),
    "dmarc_value_invalid": _lt(
        "Receivers don't know this value, and do as if the part were not there:"
        " %(text)s"
    ),
    "dmarc_policy_missing": _lt("The record does not say which policy it is (p=)."),
    "dmarc_policy_invalid": _lt(
        "This is none of the policies that receivers know (none, quarantine, reject):"
        " %(text)s"
    ),
    "dmarc_policy_not_second": _lt(
        "Older receivers want p= right after v=DMARC1; here %(text)s= is there."
    ),
    "dmarc_uri_invalid": _lt("Reports can't be sent to this address: %(text)s"),
    "dmarc_uri_size": _lt(
        "Receivers ignore the size that this address ends with: %(text)s"
    ),
    "dmarc_uri_not_mailto": _lt("Receivers send reports by mail only: %(text)s"),
    "dmarc_uri_too_many": _lt("%(text)s names more addresses than receivers use."),
    "dmarc_fo_without_ruf": _lt(
        "This says when to send failure reports, but no address (ruf=) says where to:"
        " %(text)s"
    ),
    "dmarc_fo_both": _lt("This asks for the same twice, 1 includes 0: %(text)s"),
    "dmarc_text_too_long": _lt("The record is longer than any receiver expects."),
    # DMARC: what the proposal does
    "mended_dmarc_place": _lt(
        "A DMARC record is published at %(wrong)s, where nobody looks for it. It"
        " belongs to %(right)s; delete the other one."
    ),
    "mended_dmarc_blank": _lt(
        "In the suggested record the blank before v=DMARC1 is left out."
    ),
    "mended_dmarc_signs": _lt(
        "In the suggested record characters that only look right, or can't be seen at"
        " all, are replaced with those of a keyboard (such characters come from word"
        " processors and web pages)."
    ),
    "mended_dmarc_quotes": _lt(
        "In the suggested record the quotation marks are left out: the forms of DNS"
        " hosts add them by themselves."
    ),
    "mended_dmarc_backslash": _lt(
        "In the suggested record the backslashes are left out: only files of a DNS"
        " server need them."
    ),
    "mended_dmarc_line": _lt(
        "In the suggested record this is left out, which belongs in other fields of the"
        " form: %(text)s"
    ),
    "mended_dmarc_version": _lt(
        "The suggested record begins with %(to)s, the published one with %(text)s."
    ),
    "mended_dmarc_separator": _lt(
        "In the suggested record semicolons stand between the parts of %(text)s."
    ),
    "mended_dmarc_tag": _lt("In the suggested record %(text)s is written as %(to)s."),
    "mended_dmarc_duplicate": _lt(
        "Of what is there twice (%(text)s) the suggested record keeps the stricter one:"
        " %(to)s."
    ),
    "mended_dmarc_policy": _lt(
        "The published record names no policy. The suggested one says p=none, which is"
        " what receivers take that for."
    ),
    "mended_dmarc_address": _lt(
        "In the suggested record the address %(text)s is written as %(to)s."
    ),
    "mended_dmarc_addresses": _lt(
        "In the suggested record all addresses stand in one %(text)s= together, with"
        " commas between them."
    ),
    "mended_dmarc_merged": _lt(
        "The suggested record takes the place of the %(count)s published ones, with the"
        " strictest policy that any of them names, and all addresses for reports."
    ),
    "mended_dmarc_testing": _lt(
        "In the suggested record t=y stands beside pct=0: receivers that follow the new"
        " standard ignore pct, and would begin to apply the policy itself. Take both"
        " out together later."
    ),
    "omitted_dmarc_part": _lt("This is left out, receivers skip it: %(text)s"),
    "omitted_dmarc_outdated": _lt("This is left out, it is outdated: %(text)s"),
    "omitted_dmarc_address": _lt(
        "This is left out, no report can be sent there: %(text)s"
    ),
    "omitted_dmarc_psd": _lt(
        "In the suggested record psd=y is left out: only whoever lets others register"
        " names below the domain needs it."
    ),
    "effect_dmarc_none": _lt(
        "With p=none nothing changes yet: receivers deliver as before and report to"
        " you. Once the reports of four weeks name nobody whom you don't know, and your"
        " own mails pass, go on to p=quarantine (mails that are not yours land in"
        " spam), and after four more weeks to p=reject (they are refused)."
    ),
    "effect_dmarc_step": _lt(
        "By the reports it is time for the next step, from %(old)s to %(new)s: all that"
        " sends in your name is known, and your own mails pass."
    ),
    "effect_dmarc_back": _lt(
        "The reports say that mails of your own fail: go back from %(old)s to %(new)s"
        " until they pass again."
    ),
    "effect_dmarc_inbox": _lt(
        "Receivers also send their reports to %(address)s, where Odoo reads them. Other"
        " addresses that get them stay."
    ),
    "effect_dmarc_unread": _lt(
        "Nobody will get the reports: go back to the first step and enter an address"
        " of your domain for them."
    ),
    "effect_dmarc_ask": _lt(
        "Until that is cleared up, a record with p=none is safe: it refuses nothing."
    ),
    "effect_dmarc_quarantine": _lt(
        "With the suggested record receivers begin to put mails of the domain that"
        " don't pass into spam; they don't do that now."
    ),
    "effect_dmarc_reject": _lt(
        "With the suggested record receivers begin to refuse mails of the domain that"
        " don't pass; they don't do that now."
    ),
    "effect_dmarc_below": _lt(
        "With the suggested record receivers begin to apply the policy %(policy)s to"
        " mails of subdomains."
    ),
    "effect_dmarc_strict": _lt(
        "%(text)s takes effect for the first time: the domain that SPF (aspf) or DKIM"
        " (adkim) proves has to be exactly the one in From; it is no longer enough that"
        " both belong to the same organization."
    ),
    "effect_dmarc_fails": _lt("Today this would hit the mails by %(servers)s."),
    "effect_dmarc_unsure": _lt(
        "Whether the mails by %(servers)s would pass can't be told from here."
    ),
    "effect_dmarc_no_server": _lt(
        "Whether your own mails would pass can't be told: it is not known how they"
        " leave."
    ),
    "effect_dmarc_aligned": _lt("The mails by all servers that are known here pass."),
    "effect_dmarc_weaker": _lt(
        "Now the policy of %(parent)s applies here (%(policy)s). With the suggested"
        " record a weaker one does (%(new)s). To keep that of %(parent)s, delete the"
        " record that is here, and publish none."
    ),
    # DMARC: the policy
    "policy_unknown": _lt("No policy applies to %(domain)s."),
    "policy_none": _lt("The policy of %(domain)s is none: receivers only report."),
    "policy_enforced": _lt("The policy is %(policy)s: it protects the domain."),
    "policy_testing": _lt(
        "The policy %(policy)s is being tested (t=y): receivers apply the next milder"
        " one, quarantine in place of reject, none in place of quarantine."
    ),
    "policy_testing_reject": _lt(
        "The policy reject is being tested (t=y, pct=0): receivers apply quarantine in"
        " its place, so mails that don't pass land in spam."
    ),
    "policy_testing_new": _lt(
        "The policy %(policy)s is being tested (t=y): receivers apply the next milder"
        " one, quarantine in place of reject, none in place of quarantine. Older"
        " receivers don't know t=y; pct=0 tells them the same."
    ),
    "policy_testing_old": _lt(
        "The policy is %(policy)s. Older receivers still apply the next milder one"
        " (pct=0), quarantine in place of reject, none in place of quarantine; all"
        " others apply the policy itself."
    ),
    "policy_partly": _lt(
        "The policy is %(policy)s. Older receivers apply it to %(pct)s percent of the"
        " mails that don't pass, and the next milder one to the rest; all others apply"
        " the policy to each."
    ),
    "policy_weak_below": _lt("The policy is %(policy)s, but none for subdomains."),
    "policy_weak_missing": _lt(
        "The policy is %(policy)s, but none for subdomains that don't exist (np=none):"
        " who forges your mails can invent one."
    ),
    # DMARC: our own mails
    "alignment_no_server": _lt("It is not known how the domain's mails leave."),
    "aligned_both": _lt("Both SPF and DKIM prove that the mails are yours."),
    "aligned_dkim": _lt("DKIM proves that the mails are yours."),
    "aligned_spf": _lt(
        "SPF proves that the mails are yours; forwarded mails lose that, DKIM does not."
    ),
    "aligned_temperror": _lt("DNS did not answer what decides: nothing is known."),
    "aligned_unproven": _lt(
        "Whether receivers take your own mails as genuine can't be told from here."
    ),
    "unaligned_reject": _lt(
        "The worst that can be wrong: receivers are asked to REJECT the mails that you"
        " send. %(domain)s publishes p=reject, and neither SPF nor DKIM proves that"
        " they are yours."
    ),
    "unaligned_quarantine": _lt(
        "The mails that you send land in spam: %(domain)s publishes p=quarantine,"
        " and neither SPF nor DKIM proves that they are yours."
    ),
    "unaligned_reject_testing": _lt(
        "The mails that you send land in spam: %(domain)s publishes p=reject, which is"
        " being tested (t=y, pct=0) and acts as quarantine, and neither SPF nor DKIM"
        " proves that the mails are yours. As soon as t=y or pct=0 is taken out, some"
        " receivers will refuse them."
    ),
    "unaligned_testing": _lt(
        "Neither SPF nor DKIM proves that the mails are yours; as soon as %(domain)s"
        " drops t=y they will land in spam."
    ),
    "unaligned_none": _lt(
        "Neither SPF nor DKIM proves that the mails are yours; p=none only reports it."
    ),
    "unaligned_no_policy": _lt("Neither SPF nor DKIM proves that the mails are yours."),
    "spf_aligned": _lt("SPF: passes for %(domain)s, which matches From."),
    "spf_unaligned": _lt("SPF: %(domain)s does not match %(author)s in From."),
    "spf_no_pass": _lt("SPF: does not pass for %(domain)s."),
    "spf_unknown": _lt("SPF: unproven for %(domain)s."),
    "spf_temperror": _lt("SPF: DNS did not answer for %(domain)s."),
    "dkim_aligned": _lt("DKIM: selector %(selector)s signs, and matches From."),
    "dkim_unaligned": _lt("DKIM: %(domain)s does not match %(author)s in From."),
    "dkim_unknown_selector": _lt("DKIM: the selector of %(server)s is not known."),
    "dkim_unknown_domain": _lt(
        "DKIM: as which subdomain %(server)s signs is not known."
    ),
    "dkim_seen": _lt("DKIM: a mail by %(server)s has shown a signature that matches."),
    "dkim_unseen": _lt(
        "DKIM: the key of selector %(selector)s is published, but its signature was not"
        " yet seen on a mail by %(server)s."
    ),
    "dkim_tested": _lt(
        "DKIM: the key of selector %(selector)s says that it is only being tested"
        " (t=y): receivers may treat the mails as unsigned."
    ),
    "dkim_some_verifiers": _lt(
        "DKIM: the record of selector %(selector)s is not valid, though many receivers"
        " accept it."
    ),
    "dkim_temperror": _lt("DKIM: DNS did not answer for selector %(selector)s."),
    "dkim_no_signature": _lt("DKIM: what leaves by %(server)s is not signed."),
    "dkim_no_key": _lt("DKIM: no active key that DNS shows signs for %(server)s."),
    # DMARC: reports
    "reports_no_record": _lt("There is no DMARC record that could ask for reports."),
    "reports_absent": _lt("Nobody gets reports: the record has no valid rua=."),
    "reports_ok": _lt(
        "The reports may be sent to the addresses that the record names."
    ),
    "reports_permission": _lt(
        "Before Odoo can read the reports at %(address)s, its domain has to allow them"
        " at %(name)s."
    ),
    "reports_refused": _lt(
        "%(address)s gets no reports: its domain does not allow it at %(name)s."
    ),
    # Where replies and bounces arrive
    "mx_no_domain": _lt(
        "There is no domain %(domain)s in DNS, so nothing can come back to it."
    ),
    "mx_ok": _lt("Mail is taken by %(hosts)s."),
    "mx_absent": _lt("%(domain)s has neither MX nor address: replies can't come back."),
    "mx_null": _lt("%(domain)s declares that it takes no mail (null MX)."),
    "mx_implicit": _lt("%(domain)s has no MX; its address is used instead."),
    "mx_many": _lt("There are %(count)s exchanges; only %(limit)s were looked at."),
    "mx_unresolved": _lt("%(host)s has no address."),
    "mx_private": _lt(
        "%(host)s has an address that nobody else can reach: %(address)s."
    ),
    "mx_cname": _lt("%(host)s is an alias of %(target)s; an MX must not be one."),
    "return_path_provider": _lt("Bounces of %(server)s go to the provider."),
    "ptr_no_address": _lt(
        "From which public address your server sends is not known, so its name can't"
        " be looked up."
    ),
    "ptr_provider": _lt(
        "Your mails leave by a provider, which takes care of its servers' names."
    ),
    "ptr_private": _lt("%(address)s is a private address: others see another one."),
    "ptr_ok": _lt("%(address)s is named %(host)s, and that leads back to it."),
    "ptr_absent": _lt(
        "%(address)s has no name (PTR): many receivers refuse its mails."
    ),
    "ptr_needs_address": _lt(
        "%(address)s can be named %(host)s; for that %(host)s needs a record of the"
        " type %(type)s with %(address)s, too."
    ),
    "ptr_unconfirmed": _lt("%(address)s is named %(host)s, which does not lead back."),
    # MTA-STS
    "sts_absent": _lt(
        "Nothing tells other servers that mail to you has to be encrypted (MTA-STS)."
    ),
    "sts_nearly": _lt(
        "The MTA-STS record is not read: it has to begin with v=STSv1 and a semicolon,"
        " without quotation marks or blanks before it."
    ),
    "sts_several": _lt("There are %(count)s MTA-STS records: senders ignore them."),
    "sts_record": _lt("The MTA-STS record has no valid id: %(detail)s"),
    "sts_not_fetched": _lt("The policy was not fetched."),
    "sts_slow": _lt("The policy did not come in time."),
    "sts_no_host": _lt("%(host)s, which should hold the policy, has no address."),
    "sts_unreachable": _lt("The policy could not be fetched from here: %(detail)s"),
    "sts_not_public": _lt("%(detail)s has no public address; nothing was fetched."),
    "sts_certificate": _lt("The certificate is not valid: %(detail)s"),
    "sts_http": _lt("The policy is not there: the web server answers %(detail)s."),
    "sts_policy": _lt("The policy is not valid: %(detail)s"),
    "sts_mode_none": _lt("The policy says that MTA-STS is no longer used."),
    "sts_mode_testing": _lt("The policy is being tested."),
    "sts_mx_outside": _lt(
        "The policy (%(mode)s) does not name the exchange %(hosts)s: careful senders"
        " can't deliver there."
    ),
    "sts_ok": _lt("The policy is enforced and names all exchanges."),
    # Reports about TLS, and the logo
    "tls_rpt_absent": _lt(
        "Nobody is told when others fail to send mail to you encrypted."
    ),
    "tls_rpt_nearly": _lt(
        "The TLS report record is not read: it has to begin with v=TLSRPTv1 and a"
        " semicolon, without quotation marks or blanks before it."
    ),
    "tls_rpt_several": _lt(
        "There are %(count)s TLS report records: senders ignore them."
    ),
    "tls_rpt_no_address": _lt("The TLS report record has no valid address (rua)."),
    "tls_rpt_ok": _lt("Reports about failed TLS are asked for."),
    "bimi_absent": _lt("There is no record for a logo (BIMI)."),
    "bimi_nearly": _lt(
        "The BIMI record is not read: it has to begin with v=BIMI1 and a semicolon,"
        " without quotation marks or blanks before it."
    ),
    "bimi_several": _lt("There are %(count)s BIMI records: receivers ignore them."),
    "bimi_declined": _lt("The domain declines to show a logo."),
    "bimi_location": _lt("The BIMI record names no image over https (l=)."),
    "bimi_policy": _lt(
        "A logo is only shown where DMARC asks for quarantine or reject."
    ),
    "bimi_ok": _lt("The BIMI record names an image."),
}


# Why DNS left a question open, by the code of the error: what stands for %(cause)s.
CAUSES = {
    "dns_timeout": _lt("no nameserver answered in time"),
    "dns_deadline": _lt("the time for the whole check ran out before an answer came"),
    "dns_no_nameserver": _lt("there is no nameserver that could be asked"),
    "dns_network": _lt("the nameserver could not be reached"),
    "dns_malformed": _lt("the answer of the nameserver could not be read"),
    "dns_servfail": _lt("the nameserver could not find out the answer"),
    "dns_refused": _lt("the nameserver refused to answer"),
    "dns_failure": _lt("the nameserver answered with an error"),
    "dns_cname_loop": _lt("an alias leads back to itself"),
    "dns_too_large": _lt("the answer holds more records than anybody needs"),
    "dns_too_much": _lt("the domain needs more questions than a check may ask"),
}

# What a finding that is only for information means, by the reason that decided.
KINDS: dict[str, Kind] = {
    # The address in From
    "sender_free": "not_applicable",
    "sender_set_up": "open",
    "sender_account_refused": "open",
    "sender_account_replaced": "open",
    # SPF
    "spf_unused": "not_applicable",
    "spf_lets_nobody": "open",
    "spf_provider_domain": "not_applicable",
    "spf_no_server": "open",
    "spf_no_address": "open",
    "spf_subdomain_unknown": "open",
    "spf_guess_ok": "open",
    "spf_guess_bad": "open",
    "spf_private": "open",
    "spf_void_ipv4": "optional",
    "spf_void_ipv6": "optional",
    "spf_record_change": "elsewhere",
    "omitted_spf_beside": "optional",
    "omitted_spf_other": "optional",
    "spf_nothing_to_judge": "elsewhere",
    "spf_long_string": "optional",
    # DKIM
    "key_none": "open",
    "key_unknown_selector": "open",
    "key_unknown_selector_seen": "open",
    "key_unknown_domain": "open",
    "key_unknown_domain_seen": "open",
    "key_unseen": "open",
    "key_not_active": "optional",
    "key_idle": "not_applicable",
    "key_standby": "not_applicable",
    "key_retired": "not_applicable",
    "key_spare_absent": "optional",
    "key_cname_other": "optional",
    "key_copied": "optional",
    "key_strict": "optional",
    # DMARC
    "dmarc_inherited": "elsewhere",
    "dmarc_tag_removed": "optional",
    "dmarc_tag_unknown": "optional",
    "dmarc_policy_not_second": "optional",
    "dmarc_fo_without_ruf": "optional",
    "dmarc_fo_both": "optional",
    "dmarc_tag_case": "optional",
    "dmarc_tag_empty": "optional",
    "dmarc_pct": "optional",
    "dmarc_pct_zero": "optional",
    "dmarc_pct_testing": "optional",
    "dmarc_uri_size": "optional",
    "dmarc_near_miss": "optional",
    "dmarc_alias": "elsewhere",
    "dmarc_record_change": "elsewhere",
    "effect_dmarc_step": "optional",
    "effect_dmarc_back": "optional",
    "effect_dmarc_inbox": "optional",
    "policy_unknown": "elsewhere",
    "policy_none": "optional",
    "policy_testing": "optional",
    "policy_testing_reject": "optional",
    "policy_testing_new": "optional",
    "policy_testing_old": "optional",
    "policy_partly": "optional",
    "policy_weak_missing": "optional",
    "policy_weak_below": "optional",
    "alignment_no_server": "open",
    "aligned_unproven": "open",
    "reports_no_record": "elsewhere",
    "reports_absent": "optional",
    "reports_permission": "optional",
    # Where replies and bounces arrive
    "dns_failed": "open",
    "return_path_provider": "not_applicable",
    "ptr_no_address": "open",
    "ptr_private": "open",
    "ptr_provider": "not_applicable",
    # What is optional
    "sts_absent": "optional",
    "sts_not_fetched": "open",
    "sts_slow": "open",
    "sts_unreachable": "open",
    "sts_not_public": "open",
    "sts_mode_none": "optional",
    "sts_mode_testing": "optional",
    "tls_rpt_absent": "optional",
    "bimi_absent": "optional",
    "bimi_declined": "optional",
    "dnssec_absent": "optional",
}


def find_kind(codes: Iterable[str]) -> Kind | None:
    """Return what a finding means that is only for information.

    :param codes: of its reasons, the one that decided first.
    """
    return next((KINDS[code] for code in codes if code in KINDS), None)


def explain(reason: Reason) -> str:
    """Return a reason in English; of an unknown code what there is."""
    text = TEXTS.get(reason.code)
    params = dict(reason.params)
    if text is None:
        shown = ", ".join(f"{name}: {value}" for name, value in reason.params)
        return f"{reason.code} ({shown})" if shown else reason.code
    if "cause" in params:
        params["cause"] = explain_cause(params["cause"])
    return (text % params).strip()


def explain_cause(code: str) -> str:
    """Return in English why DNS left a question open, by the code of the error."""
    return CAUSES.get(code, CAUSES["dns_failure"])
