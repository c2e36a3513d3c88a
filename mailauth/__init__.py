"""SPF, DKIM and DMARC as a receiver judges them. Pure Python: never imports Odoo."""
