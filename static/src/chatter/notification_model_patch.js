import { Notification } from "@mail/core/common/notification_model";
import { fields } from "@mail/core/common/record";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

const { DateTime } = luxon;

patch(Notification.prototype, {
    setup() {
        super.setup(...arguments);
        /** When the email goes that waits for a daily limit. */
        this.postponed_until = fields.Datetime();
        /** Why a server has refused the email, in words; false where none has. */
        this.refusal = fields.Attr();
    },
    get failureMessage() {
        return this.refusal
            ? `${this.refusal.sentence} ${this.refusal.act}`
            : super.failureMessage;
    },
    get isPostponed() {
        return this.notification_status === "ready" && Boolean(this.postponed_until);
    },
    get postponedTitle() {
        return _t("waiting for the daily limit, goes at about %s", [
            this.postponed_until.toLocaleString(DateTime.DATETIME_MED),
        ]);
    },
    get icon() {
        // The chatter shows the icon of one of them: it stands for them all.
        const all = this.mail_message_id?.notification_ids ?? [this];
        if (!this.isFailure && all.some((one) => one.isPostponed)) {
            return "fa fa-clock-o";
        }
        return super.icon;
    },
    get statusIcon() {
        return this.isPostponed ? "fa fa-clock-o" : super.statusIcon;
    },
    get statusTitle() {
        return this.isPostponed ? this.postponedTitle : super.statusTitle;
    },
});
