# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The models, a folder for each capability.

The last one here is the outermost override of a method. So the folders stand in the
order in which they use each other, the lowest first, and each goes around those below
it: the limit is kept around the signature, and a mail signed around its delivery.
Within a folder, a model comes before what extends it. tests/test_inheritance.py names
all methods that this decides about.
"""

from .parameters import mail_deliverability_parameter
from .parameters import ir_config_parameter
from .parameters import ir_config_parameter_dns
from .parameters import mail_alias_domain
from .parameters import mail_alias_domain_draft
from .parameters import ir_config_parameter_live
from .parameters import res_company
from .alarm import mail_activity
from .alarm import mail_deliverability_alarm
from .sender import mail_deliverability_catalogue
from .sender import mail_sending_provider
from .sender import mail_sending_provider_source
from .sender import ir_mail_server_provider
from .sender import ir_mail_server
from .sender import ir_mail_server_envelope
from .sender import what_stays
from .sender import mail_author_policy
from .sender import mail_author_policy_ahead
from .sender import mail_mail as mail_mail_sender
from .sender import mail_mail_split
from .sender import mail_mail_address
from .sender import mail_mailbox_provider
from .sender import mail_thread
from .dkim import ir_mail_server as ir_mail_server_dkim
from .dkim import mail_sending_provider as mail_sending_provider_dkim
from .dkim import mail_alias_domain as mail_alias_domain_dkim
from .dkim import mail_dkim_key
from .dkim import mail_dkim_key_changes
from .dkim import mail_dkim_key_texts
from .dkim import mail_dkim_key_alarm
from .dkim import mail_dkim_key_state
from .dkim import mail_alias_domain_keys
from .dkim import mail_alias_domain_seen
from .inbound import mail_inbound_late
from .inbound import mail_thread as mail_thread_inbound
from .limit import ir_cron
from .limit import ir_mail_server as ir_mail_server_limit
from .limit import ir_mail_server_connections
from .limit import ir_mail_server_words
from .limit import ir_mail_server_kept
from .limit import ir_mail_server_deliver
from .limit import ir_mail_server_changes
from .limit import mail_mail
from .limit import mail_mail_lock
from .limit import mail_mail_delete
from .limit import mail_mail_waiting
from .limit import mail_mail_release
from .limit import mail_mail_queue
from .limit import mail_mail_part
from .limit import mail_mail_join
from .limit import mail_mail_decide
from .limit import mail_mail_beside
from .limit import mail_mail_send
from .limit import mail_mail_let_go
from .limit import mail_mail_send_now
from .limit import discuss_channel
from .limit import mail_notification
from .limit import mail_reset_attempt
from .limit import mail_send_counter
from .limit import mail_send_counter_installation
from .limit import mail_send_counter_alarms
from .limit import mail_send_tally
from .limit import mail_send_release
from .limit import mail_send_counter_released
from .limit import mail_send_uncounted
from .limit import mail_template
from .limit import mail_thread as mail_thread_limit
from .limit import ir_config_parameter as ir_config_parameter_limit
from .limit import res_config_settings
from .domain import ir_mail_server as ir_mail_server_domain
from .domain import ir_mail_server_sender
from .domain import mail_alias_domain as mail_alias_domain_auth
from .domain import mail_alias_domain_facts
from .domain import mail_alias_domain_names
from .domain import mail_alias_domain_report
from .domain import mail_alias_domain_publish
from .domain import mail_alias_domain_audit
from .domain import mail_alias_domain_alarm
from .domain import mail_alias_domain_networks
from .domain import mail_alias_domain_store
from .domain import mail_alias_domain_switch
from .domain import mail_alias_domain_watch
from .domain import mail_alias_domain_checklist
from .domain import mail_alias_domain_round
from .domain import mail_dkim_key as mail_dkim_key_checks
from .domain import mail_dns_provider
from .domain import mail_domain_check
from .domain import mail_domain_check_item
from .domain import mail_domain_check_change
from .domain import mail_server_domain
from .domain import res_config_settings as res_config_settings_domain
from .proof import ir_mail_server as ir_mail_server_proof
from .proof import mail_test_message
from .proof import mail_test_message_leg
from .proof import mail_test_message_send
from .proof import mail_test_message_leg_receive
from .proof import mail_test_message_take
from .proof import mail_test_message_judge
from .proof import mail_test_message_waiting
from .proof import mail_test_message_explain
from .proof import mail_test_message_findings
from .proof import mail_test_message_answers
from .proof import mail_test_message_texts
from .proof import mail_test_message_story
from .proof import mail_test_message_actions
from .proof import mail_test_message_verdict
from .proof import mail_test_message_address
from .proof import ir_mail_server_seen
from .refusal import mail_refusal
from .refusal import mail_refusal_explain
from .refusal import mail_refusal_marks
from .refusal import mail_refusal_actions
from .refusal import mail_refusal_alarm
from .refusal import mail_mail as mail_mail_refusal
from .refusal import mail_notification as mail_notification_refusal
from .refusal import mail_alias_domain as mail_alias_domain_refusal
from .refusal import ir_mail_server as ir_mail_server_refusal
from .refusal import mail_notification_report
from .refusal import mail_relay_name
from .refusal import ir_mail_server_reply
from .refusal import mail_delivery_report
from .refusal import mail_delivery_report_note
from .refusal import mail_thread as mail_thread_refusal
from .refusal import mail_alias_domain_bounce
from .refusal import mail_server_pause
from .refusal import mail_server_pause_alarm
from .refusal import ir_mail_server_pause
from .refusal import ir_mail_server_attempt
from .refusal import mail_mail_pause
from .refusal import mail_mail_held
from .refusal import mail_mail_attempt
from .refusal import mail_mail_retry
from .refusal import mail_mail_unwanted
from .refusal import mail_suppressed_address
from .refusal import mail_suppressed_address_hold
from .refusal import mail_suppressed_address_note
from .refusal import mail_suppressed_address_warning
from .refusal import mail_mail_suppressed
from .refusal import mail_notification_held
from .refusal import mail_thread_released
from .refusal import mail_test_message as mail_test_message_refusal
from .reports import mail_dmarc_reporter
from .reports import mail_alias_domain_relays
from .reports import mail_dmarc_origin
from .reports import mail_dmarc_origin_find
from .reports import mail_dmarc_origin_judge
from .reports import mail_dmarc_origin_naming
from .reports import mail_dmarc_origin_decide
from .reports import mail_dmarc_origin_texts
from .reports import mail_dmarc_origin_vacuum
from .reports import mail_dmarc_report
from .reports import mail_dmarc_report_take
from .reports import mail_dmarc_report_read
from .reports import mail_dmarc_report_store
from .reports import mail_dmarc_report_upload
from .reports import mail_dmarc_report_vacuum
from .reports import mail_dmarc_source
from .reports import mail_dmarc_source_add
from .reports import mail_dmarc_source_compact
from .reports import mail_dmarc_tally
from .reports import mail_dmarc_sent
from .reports import mail_alias_domain_address
from .reports import mail_alias_domain_dmarc_page
from .reports import ir_mail_server as ir_mail_server_reports
from .reports import mail_mail as mail_mail_reports
from .reports import mail_test_message as mail_test_message_reports
from .reports import mail_alias_domain_inbox
from .reports import mail_alias_domain_evidence
from .reports import mail_alias_domain_ladder
from .reports import mail_alias_domain_reconciled
from .reports import mail_alias_domain_ladder_page
from .reports import mail_dmarc_origin_watch
from .reports import mail_alias_domain_reported
from .reports import ir_config_parameter as ir_config_parameter_reports
from .people import mail_sender_domain
from .people import mail_sender_address
from .people import mail_sender_address_audit
from .people import mail_sender_address_remedies
from .people import mail_sender_confirmation
from .people import mail_sender_change
from .people import mail_sender_address_undo
from .people import mail_sender_line
from .people import mail_alias_domain as mail_alias_domain_people
from .people import res_users as res_users_people
from .people import mail_template as mail_template_people
from .people import mail_compose_message
from .people import ir_mail_server as ir_mail_server_people
from .people import ir_mail_server_relayed
from .people import mail_mail as mail_mail_people
from .people import mail_notification as mail_notification_people
from .people import mail_deliverability_parameter as parameter_people
from .people import ir_config_parameter as ir_config_parameter_people
from .overview import mail_deliverability_overview
from .overview import mail_deliverability_overview_alarms
from .overview import mail_deliverability_overview_domains
from .overview import mail_deliverability_overview_limit
from .overview import mail_deliverability_overview_history
from .overview import mail_deliverability_overview_refusals
from .overview import mail_deliverability_overview_notes
from .overview import mail_deliverability_overview_dmarc
from .optional import res_users
from .optional import mail_mail as mail_mail_mailing
from .optional import mail_mailing_progress
from .optional import mail_mailing_forecast
from .optional import mailing_mailing
from .optional import mail_thread as mail_thread_mailing
from .optional import around
