import { Message } from "@mail/core/common/message_model";
import { patch } from "@web/core/utils/patch";

patch(Message.prototype, {
    /** Under which other senders its emails have left, and why, each once. */
    get relayedTitles() {
        const titles = this.notification_ids.map((one) => one.relayed_title);
        return [...new Set(titles.filter(Boolean))];
    },
});
