import { Chatter } from "@mail/chatter/web_portal/chatter";
import { FieldMany2ManyTagsEmail } from "@mail/views/web/fields/many2many_tags_email/many2many_tags_email";
import { patch } from "@web/core/utils/patch";

import { WritingNote, toWarningArgs } from "./writing_note";

Chatter.components = { ...Chatter.components, WritingNote };
FieldMany2ManyTagsEmail.components = { ...FieldMany2ManyTagsEmail.components, WritingNote };

patch(Chatter.prototype, {
    /** About those whom the message names, as far as they are known here. */
    get warningArgs() {
        const { thread, composerType } = this.state;
        const named = [...thread.composer.mentionedPartners];
        if (composerType === "message") {
            named.push(...thread.suggestedRecipients, ...thread.additionalRecipients);
        }
        return toWarningArgs(named.map((one) => one.email));
    },
});

/** The recipients of each dialog that sends by hand: an email, an invoice, a link. */
patch(FieldMany2ManyTagsEmail.prototype, {
    get isWrittenTo() {
        // Followers get nothing at such an address.
        return !this.props.readonly && this.props.record.resModel !== "mail.followers.edit";
    },
    get warningArgs() {
        return toWarningArgs(this.tags.map((tag) => tag.email));
    },
});
