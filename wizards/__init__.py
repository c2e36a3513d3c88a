from . import mail_compose_message
from . import mail_sender_preview
