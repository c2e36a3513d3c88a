"""The English of every reason, for the command line; screens translate the codes."""

from .facts import Reason

# By code; %(name)s stands for a parameter of the reason.
TEXTS = {
    # DNS
    "dns_failed": "DNS did not answer (%(cause)s %(detail)s): nothing is known.",
    "domain_found": "The domain exists.",
    "domain_missing": "%(domain)s does not exist in DNS.",
    "name_invalid": "This is not a domain name: %(detail)s",
    "dnssec_valid": "The answers are signed, and our resolver validated them.",
    "dnssec_absent": "The answers are not validated by DNSSEC.",
    # SPF: the ways that mails leave
    "spf_ok": "%(address)s passes SPF for %(domain)s.",
    "spf_refused": (
        "%(address)s gets %(result)s from the SPF record of %(domain)s. %(problem)s"
    ),
    "spf_guess_ok": "%(address)s, which is only a guess, passes SPF for %(domain)s.",
    "spf_guess_bad": (
        "%(address)s, which is only a guess, gets %(result)s for %(domain)s."
    ),
    "spf_term_ok": "The SPF record of %(domain)s includes %(term)s.",
    "spf_term_missing": "The SPF record of %(domain)s lacks %(term)s.",
    "spf_term_broken": (
        "The SPF record of %(domain)s breaks before %(term)s counts: %(problem)s"
    ),
    "spf_term_invalid": "%(term)s is not a valid SPF term.",
    "spf_no_server": "It is not known how the domain's mails leave.",
    "spf_no_address": "It is not known from which addresses %(server)s sends.",
    "spf_provider_domain": (
        "%(server)s puts its own domain into the envelope: SPF is the provider's"
        " matter, and only DKIM can prove that the mail is yours."
    ),
    "spf_subdomain_unknown": "The envelope domain that %(server)s uses is not known.",
    # SPF: the record
    "spf_unused": "Receivers never see this domain in the envelope of your mails.",
    "spf_record_ok": "%(domain)s publishes an SPF record.",
    "spf_record_change": "The SPF record has to be replaced by another one.",
    "spf_single_ok": "%(domain)s publishes exactly one SPF record.",
    "spf_syntax_ok": "Every term of the SPF record of %(domain)s can be read.",
    "spf_lookups_ok": "%(lookups)s lookups of 10, %(void)s void ones of 2.",
    "spf_nothing_to_judge": "%(domain)s has not exactly one SPF record to judge.",
    "spf_record_none": "%(domain)s has no SPF record.",
    "spf_record_several": (
        "%(domain)s has %(detail)s SPF records: receivers reject them all."
    ),
    "spf_type99": "There is a record of the type SPF (99), which nobody reads.",
    "spf_syntax_unknown_mechanism": "Unknown mechanism %(term)s at %(position)s.",
    "spf_syntax_bad_domain": "%(term)s at %(position)s names no valid domain.",
    "spf_syntax_bad_prefix": "The prefix length of %(term)s is not valid.",
    "spf_syntax_bad_network": "%(term)s at %(position)s is no network.",
    "spf_syntax_bad_argument": "The argument of %(term)s at %(position)s is wrong.",
    "spf_syntax_macro_syntax": "The macro in %(term)s at %(position)s is wrong.",
    "spf_syntax_duplicate_modifier": "%(term)s at %(position)s is there twice.",
    "spf_syntax_not_ascii": "%(term)s at %(position)s is not ASCII.",
    "spf_include_syntax": "The record that %(term)s leads to can't be read.",
    "spf_after_all": "%(term)s stands after all and is never read.",
    "spf_redirect_ignored": "%(term)s is ignored, since there is an all.",
    "spf_pass_all": "+all lets everybody send in your name.",
    "spf_neutral_all": "?all says nothing about those who may not send.",
    "spf_no_all": "The record says nothing about those who may not send (no all).",
    "spf_ptr": "%(term)s is slow and must not be used any more.",
    "spf_duplicate": "%(term)s is there twice.",
    "spf_wide_network": "%(term)s lets a very large network send.",
    "spf_long_string": "The record has %(detail)s bytes and needs several strings.",
    "spf_long_record": "The record has %(detail)s bytes; some can't receive it.",
    "spf_too_many_lookups": "The record costs %(detail)s lookups of 10 allowed.",
    "spf_void_lookups": "%(detail)s lookups find nothing; 2 are allowed.",
    "spf_include_none": "%(term)s leads to a domain without an SPF record.",
    "spf_redirect_none": "%(term)s leads to a domain without an SPF record.",
    "spf_include_several": "%(term)s leads to a domain with several SPF records.",
    "spf_include_loop": "%(term)s leads back to a record that it came from.",
    "spf_too_many_mx": "%(detail)s has more than ten MX hosts.",
    "repair_too_many_lookups": (
        "No record can be suggested: it would cost too many lookups (%(detail)s)."
    ),
    "repair_negative_conflict": (
        "No record can be suggested: a term refuses what is needed (%(detail)s)."
    ),
    "repair_merge_conflict": (
        "No record can be suggested: the records contradict each other (%(detail)s)."
    ),
    "repair_broken_term": (
        "No record can be suggested: a term that breaks every record has to go first"
        " (%(detail)s)."
    ),
    "repair_too_many_void_lookups": (
        "No record can be suggested: %(detail)s lookups would find nothing."
    ),
    # DKIM
    "key_ok": "Selector %(selector)s shows a valid key (%(bits)s bits).",
    "key_none": "No DKIM key is known for the domain.",
    "key_unknown_selector": (
        "%(server)s signs, but with which selector is not known: nothing is proven."
    ),
    "key_not_active": "Nothing is signed with selector %(selector)s yet.",
    "key_unusable": (
        "The private half of this key can't be read, so mails leave without its"
        " signature."
    ),
    "key_selector": "This is not a selector: %(detail)s",
    "key_absent": "There is no key record (%(detail)s).",
    "key_cname_dangling": "The CNAME points to a name without a key record.",
    "key_cname_differs": "The CNAME leads to another key: %(detail)s",
    "key_several": "There are %(detail)s at one selector; there must be one.",
    "key_differs": "The published key is another one: %(detail)s",
    "key_too_large": "The record is too large for a key: %(detail)s",
    "key_quoted": "The record holds quotes or backslashes of a zone file: %(detail)s",
    "key_syntax": "The record can't be read: %(detail)s",
    "key_version": "The record is not one of DKIM1: %(detail)s",
    "key_missing": "The record has no p= with the key.",
    "key_revoked": "The key is revoked: p= is empty.",
    "key_type": "Keys of this type are not known: %(detail)s",
    "key_base64": "The key is not valid base64: %(detail)s",
    "key_data": "The key can't be read: %(detail)s",
    "key_too_short": "Keys under 1024 bits are not valid: %(detail)s",
    "key_hash": "The record does not allow sha256: %(detail)s",
    "key_service": "The record does not allow e-mail: %(detail)s",
    "key_testing": "The key is marked as being tested (t=y): some ignore it.",
    "key_strict": "The key is only for this very domain (t=s).",
    "key_short": "The key has less than 2048 bits.",
    "key_long": "The key has more than 4096 bits; some can't verify it.",
    # DMARC: the record
    "dmarc_found": "There is one valid DMARC record at %(domain)s.",
    "dmarc_inherited": "The DMARC record of %(domain)s applies.",
    "dmarc_absent": "There is no DMARC record for %(domain)s.",
    "dmarc_nearly": (
        "There is no DMARC record for %(domain)s, but one that was meant to be:"
        " it must begin with v=DMARC1 and a semicolon."
    ),
    "dmarc_several": "%(domain)s has several DMARC records: receivers ignore them all.",
    "dmarc_tag_syntax": "This part is no tag=value and is ignored: %(text)s",
    "dmarc_tag_value": "This value has a character that is not allowed: %(text)s",
    "dmarc_tag_duplicate": "This tag is there twice: %(text)s",
    "dmarc_tag_unknown": "Receivers don't know this tag: %(text)s",
    "dmarc_tag_removed": "This tag is outdated and ignored since RFC 9989: %(text)s",
    "dmarc_value_invalid": "This value is not valid, the default counts: %(text)s",
    "dmarc_policy_missing": "The record has no policy (p=).",
    "dmarc_policy_invalid": "This is not a policy: %(text)s",
    "dmarc_policy_not_second": (
        "Old receivers want p= right after v=DMARC1; here %(text)s= is there."
    ),
    "dmarc_uri_invalid": "Reports can't be sent to this address: %(text)s",
    "dmarc_uri_size": "The size limit in this address is outdated: %(text)s",
    "dmarc_uri_not_mailto": "Receivers send reports by mail only: %(text)s",
    "dmarc_uri_too_many": "%(text)s names more addresses than receivers use.",
    "dmarc_fo_without_ruf": "Without ruf= this is ignored: %(text)s",
    "dmarc_text_too_long": "The record is longer than any receiver expects.",
    # DMARC: the policy
    "policy_unknown": "No policy applies to %(domain)s.",
    "policy_none": "The policy of %(domain)s is none: receivers only report.",
    "policy_enforced": "The policy is %(policy)s: it protects the domain.",
    "policy_testing": "The policy %(policy)s is being tested (t=y) and not applied.",
    "policy_weak_below": "The policy is %(policy)s, but none for subdomains.",
    # DMARC: our own mails
    "alignment_no_server": "It is not known how the domain's mails leave.",
    "aligned_both": "Both SPF and DKIM prove that the mails are yours.",
    "aligned_dkim": "DKIM proves that the mails are yours.",
    "aligned_spf": (
        "SPF proves that the mails are yours; forwarded mails lose that, DKIM does not."
    ),
    "aligned_temperror": "DNS did not answer what decides: nothing is known.",
    "aligned_unproven": "Nothing proves that DMARC passes, and nothing that it fails.",
    "unaligned_reject": (
        "The worst that can be wrong: receivers are asked to REJECT the mails that you"
        " send. %(domain)s publishes p=reject, and neither SPF nor DKIM proves that"
        " they are yours."
    ),
    "unaligned_quarantine": (
        "The mails that you send land in spam: %(domain)s publishes p=quarantine,"
        " and neither SPF nor DKIM proves that they are yours."
    ),
    "unaligned_testing": (
        "Neither SPF nor DKIM proves that the mails are yours; as soon as"
        " %(domain)s drops t=y they will be refused."
    ),
    "unaligned_none": (
        "Neither SPF nor DKIM proves that the mails are yours; p=none only reports it."
    ),
    "unaligned_no_policy": "Neither SPF nor DKIM proves that the mails are yours.",
    "spf_aligned": "SPF: passes for %(domain)s, which matches From.",
    "spf_unaligned": "SPF: %(domain)s does not match %(author)s in From.",
    "spf_no_pass": "SPF: does not pass for %(domain)s.",
    "spf_unknown": "SPF: unproven for %(domain)s.",
    "spf_temperror": "SPF: DNS did not answer for %(domain)s.",
    "dkim_aligned": "DKIM: selector %(selector)s signs, and matches From.",
    "dkim_unaligned": "DKIM: %(domain)s does not match %(author)s in From.",
    "dkim_unknown_selector": "DKIM: the selector of %(server)s is not known.",
    "dkim_temperror": "DKIM: DNS did not answer for selector %(selector)s.",
    "dkim_no_signature": "DKIM: what leaves by %(server)s is not signed.",
    "dkim_no_key": "DKIM: no active key that DNS shows signs for %(server)s.",
    # DMARC: reports
    "reports_no_record": "There is no DMARC record that could ask for reports.",
    "reports_absent": "Nobody gets reports: the record has no valid rua=.",
    "reports_ok": "Reports go where they may.",
    "reports_refused": (
        "%(address)s gets no reports: its domain does not allow it at %(name)s."
    ),
    # The way back
    "mx_ok": "Mail is taken by %(hosts)s.",
    "mx_absent": "%(domain)s has neither MX nor address: replies can't come back.",
    "mx_null": "%(domain)s declares that it takes no mail (null MX).",
    "mx_implicit": "%(domain)s has no MX; its address is used instead.",
    "mx_many": "There are %(count)s exchanges; only %(limit)s were looked at.",
    "mx_unresolved": "%(host)s has no address.",
    "mx_private": "%(host)s has an address that nobody else can reach: %(address)s.",
    "mx_cname": "%(host)s is an alias of %(target)s; an MX must not be one.",
    "return_path_provider": "Bounces of %(server)s go to the provider.",
    "ptr_no_address": "No address of an own host is known.",
    "ptr_private": "%(address)s is a private address: others see another one.",
    "ptr_ok": "%(address)s is named %(host)s, and that leads back to it.",
    "ptr_absent": "%(address)s has no name (PTR): many receivers refuse its mails.",
    "ptr_unconfirmed": "%(address)s is named %(host)s, which does not lead back.",
    # MTA-STS
    "sts_absent": "There is no MTA-STS record.",
    "sts_several": "There are %(count)s MTA-STS records: senders ignore them.",
    "sts_record": "The MTA-STS record has no valid id: %(detail)s",
    "sts_not_fetched": "The policy was not fetched.",
    "sts_slow": "The policy did not come in time.",
    "sts_no_host": "%(host)s, which should hold the policy, has no address.",
    "sts_unreachable": "The policy could not be fetched from here: %(detail)s",
    "sts_not_public": "%(detail)s has no public address; nothing was fetched.",
    "sts_certificate": "The certificate is not valid: %(detail)s",
    "sts_http": "The policy is not there: the web server answers %(detail)s.",
    "sts_policy": "The policy is not valid: %(detail)s",
    "sts_mode_none": "The policy says that MTA-STS is no longer used.",
    "sts_mode_testing": "The policy is being tested.",
    "sts_mx_outside": (
        "The policy (%(mode)s) does not name the exchange %(hosts)s: careful senders"
        " can't deliver there."
    ),
    "sts_ok": "The policy is enforced and names all exchanges.",
    # Reports about TLS, and the logo
    "tls_rpt_absent": "Nobody gets reports about failed TLS.",
    "tls_rpt_several": "There are %(count)s TLS report records: senders ignore them.",
    "tls_rpt_no_address": "The TLS report record has no valid address (rua).",
    "tls_rpt_ok": "Reports about failed TLS are asked for.",
    "bimi_absent": "There is no BIMI record.",
    "bimi_several": "There are %(count)s BIMI records: receivers ignore them.",
    "bimi_declined": "The domain declines to show a logo.",
    "bimi_location": "The BIMI record names no image over https (l=).",
    "bimi_policy": "A logo is only shown where DMARC asks for quarantine or reject.",
    "bimi_ok": "The BIMI record names an image.",
}


def explain(reason: Reason) -> str:
    """Return a reason in English; of an unknown code what there is."""
    text = TEXTS.get(reason.code)
    params = dict(reason.params)
    if text is None:
        shown = ", ".join(f"{name}: {value}" for name, value in reason.params)
        return f"{reason.code} ({shown})" if shown else reason.code
    return (text % params).strip()
