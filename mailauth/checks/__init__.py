"""The checks of one domain, a file for each protocol; domain_check.py runs them."""
