from . import mail_dns_provider
from . import mail_sending_provider
