"""Who a mail comes from."""
