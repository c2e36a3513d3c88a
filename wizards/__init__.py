# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import mail_compose_message
from . import mail_domain_setup
from . import mail_domain_setup_address
from . import mail_domain_setup_domain
from . import mail_domain_setup_leaving
from . import mail_domain_setup_message
from . import mail_domain_setup_record
from . import mail_domain_setup_record_texts
from . import mail_domain_setup_server
from . import mail_domain_setup_steps
from . import mail_domain_setup_switch
from . import mail_mailing_launch
from . import mail_send_now
from . import mail_sender_address
from . import mail_sender_preview
from . import mail_sender_remedy
from . import mail_suppressed_correction
