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
-- a copy takes nothing that the original has sent, and goes on with none of its tests;
-- it may be neutralized before it is brought up to date, without these tables
DO $$
BEGIN
    IF to_regclass('mail_test_message_leg') IS NOT NULL THEN
        UPDATE mail_test_message_leg
           SET token_hash = NULL,
               state = CASE WHEN state = 'waiting' THEN 'failed' ELSE state END;
        UPDATE mail_test_message
           SET state = 'failed',
               failure = 'The database was copied while this test was going on.'
         WHERE state IN ('sending', 'waiting', 'judging');
    END IF;
END $$;
