# The order decides which override of a method is called first: the last one here.
from .parameters import ir_config_parameter
from .parameters import ir_config_parameter_dns
from .parameters import mail_alias_domain
from .parameters import ir_config_parameter_live
from .parameters import res_company
from .sender import mail_sending_provider
from .sender import ir_mail_server_provider
from .sender import ir_mail_server
from .dkim import ir_mail_server as ir_mail_server_dkim
from .limit import ir_mail_server as ir_mail_server_limit
from .limit import ir_mail_server_words
from .limit import ir_mail_server_deliver
from .limit import ir_mail_server_changes
from .domain import ir_mail_server as ir_mail_server_domain
from .alarm import mail_activity
from .dkim import mail_alias_domain as mail_alias_domain_dkim
from .dkim import mail_dkim_key
from .dkim import mail_dkim_key_changes
from .dkim import mail_dkim_key_texts
from .dkim import mail_dkim_key_alarm
from .dkim import mail_dkim_key_state
from .dkim import mail_alias_domain_keys
from .domain import mail_alias_domain as mail_alias_domain_auth
from .domain import mail_alias_domain_facts
from .domain import mail_alias_domain_report
from .domain import mail_alias_domain_publish
from .domain import mail_alias_domain_audit
from .domain import mail_alias_domain_alarm
from .domain import mail_alias_domain_store
from .domain import mail_alias_domain_watch
from .sender import mail_author_policy
from .alarm import mail_deliverability_alarm
from .domain import mail_dkim_key as mail_dkim_key_checks
from .domain import mail_dns_provider
from .domain import mail_domain_check
from .domain import mail_domain_check_change
from .sender import mail_mail as mail_mail_sender
from .sender import mail_mail_split
from .sender import mail_mail_address
from .limit import mail_mail
from .limit import mail_mail_lock
from .limit import mail_mail_waiting
from .limit import mail_mail_queue
from .limit import mail_mail_send
from .sender import mail_mailbox_provider
from .limit import mail_notification
from .limit import mail_reset_attempt
from .limit import mail_send_counter
from .limit import mail_send_counter_installation
from .limit import mail_send_counter_alarms
from .limit import mail_send_tally
from .domain import mail_server_domain
from .limit import mail_template
from .sender import mail_thread
from .inbound import mail_thread as mail_thread_inbound
from .limit import mail_thread as mail_thread_limit
from .limit import ir_config_parameter as ir_config_parameter_limit
from .limit import res_config_settings
from .domain import res_config_settings as res_config_settings_domain
from .optional import res_users
