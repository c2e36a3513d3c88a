"""SPF, DKIM and DMARC of a domain: facts, checks, watching."""
