import { Notification } from "@mail/core/common/notification_model";
import { fields } from "@mail/core/common/record";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** What can be done is here and in no component: other modules' popovers have the same
 * template, and would not know the component. */
patch(Notification.prototype, {
    setup() {
        super.setup(...arguments);
        /** Why nothing was sent to the address, which is suppressed; false elsewhere. */
        this.held_reason = fields.Attr();
    },
    get isHeld() {
        return this.isFailure && Boolean(this.held_reason);
    },
    get failureMessage() {
        return this.isHeld ? this.held_reason : super.failureMessage;
    },
    get sendHeldHint() {
        return _t("This email only. The address stays suppressed.");
    },
    get releaseHeldHint() {
        return _t("This email and all later ones go to the address.");
    },
    async correctHeld(close) {
        close?.();
        await this.store.env.services.action.doAction(
            "mail_deliverability.mail_suppressed_correction_action",
            { additionalContext: { default_notification_id: this.id } }
        );
    },
    sendHeld(close) {
        return this._callHeld("action_send_held", close, _t("The email is sent again."));
    },
    releaseHeld(close) {
        const done = _t("The address is released, and the email is sent again.");
        return this._callHeld("action_release_held", close, done);
    },
    async _callHeld(method, close, done) {
        const { notification, orm } = this.store.env.services;
        close?.();
        await orm.call("mail.notification", method, [this.id]);
        notification.add(done, { type: "success" });
    },
});
