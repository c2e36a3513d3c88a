import { Notification } from "@mail/core/common/notification_model";
import { fields } from "@mail/core/common/record";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

const { DateTime } = luxon;

patch(Notification.prototype, {
    setup() {
        super.setup(...arguments);
        /** When the email goes that waits for a daily limit, or for a server. */
        this.postponed_until = fields.Datetime();
        /** What it waits for: "limit", "server" or "retry". */
        this.postponed_kind = fields.Attr();
        /** Why a server has refused the email, in words; false where none has. */
        this.refusal = fields.Attr();
        /** Under which other sender the email has left, and why; false for its author. */
        this.relayed_title = fields.Attr();
        /** What receiving servers have reported of an email that has left. */
        this.delivery_report = undefined;
    },
    get failureMessage() {
        const refused = this.refusal && `${this.refusal.sentence} ${this.refusal.act}`;
        if (this.postponed_until) {
            const time = this.postponed_until.toLocaleString(DateTime.DATETIME_MED);
            const waits = _t("Not delivered yet, tried again at about %s.", [time]);
            return [waits, refused].filter(Boolean).join(" ");
        }
        return refused || super.failureMessage;
    },
    get isPostponed() {
        return this.notification_status === "ready" && Boolean(this.postponed_until);
    },
    get postponedTitle() {
        const time = this.postponed_until.toLocaleString(DateTime.DATETIME_MED);
        if (this.postponed_kind === "server") {
            return _t("the mail server takes no emails now, tried again at about %s", [time]);
        }
        if (this.postponed_kind === "retry") {
            return _t("not taken yet, tried again at about %s", [time]);
        }
        return _t("waiting for the daily limit, goes at about %s", [time]);
    },
    /** What has become of an email that has left, "" where nobody has reported. */
    get reportTitle() {
        if (this.isFailure) {
            return "";
        }
        switch (this.delivery_report) {
            case "delayed":
                return _t("delayed: the receiving server has not taken it yet");
            case "relayed":
            case "expanded":
                return _t("passed on to another server");
            case "delivered":
                return _t("arrived");
            case "complaint":
                return _t("marked as spam by the recipient");
        }
        return "";
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
        const isDelayed = !this.isFailure && this.delivery_report === "delayed";
        return this.isPostponed || isDelayed ? "fa fa-clock-o" : super.statusIcon;
    },
    get statusTitle() {
        return this.isPostponed
            ? this.postponedTitle
            : this.reportTitle || super.statusTitle;
    },
});
