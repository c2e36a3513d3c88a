-- a copy does not watch the domains of the original
UPDATE ir_cron
   SET active = false
 WHERE id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE model = 'ir.cron'
          AND name = 'mail_alias_domain_cron_check'
          AND module = 'mail_deliverability'
);
-- a copy does not sign with the keys of production (4: revoked keys come last)
UPDATE mail_dkim_key
   SET private_key = NULL,
       state = 'revoked',
       state_order = 4;
