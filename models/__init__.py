from . import ir_config_parameter
from . import ir_mail_server
from . import mail_activity
from . import mail_alias_domain
from . import mail_deliverability_alarm
from . import mail_dns_provider
from . import mail_sending_provider
from . import res_company
