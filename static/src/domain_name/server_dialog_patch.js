import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { X2ManyFieldDialog } from "@web/views/fields/relational_utils";

const SERVER = "mail.domain.setup.server";

/** The servers are those that Odoo has: the dialog of one makes no other. */
patch(X2ManyFieldDialog.prototype, {
    setup() {
        super.setup();
        if (this.record.resModel === SERVER) {
            this.title = _t("Outgoing server: %s", this.record.data.name);
            this.canCreate = false;
        }
    },

    get dialogProps() {
        const props = super.dialogProps;
        if (this.record.resModel === SERVER) {
            delete props.onExpand; // the same as a page of its own
        }
        return props;
    },

    async save(params) {
        if (this.record.resModel === SERVER && (await this.hasProblem())) {
            return false;
        }
        return super.save(params);
    },

    /** Whether something can't be right; the form says what. */
    async hasProblem() {
        await this.record.checkValidity(); // takes over what is still being typed
        await this.record.model.mutex.getUnlockedDef();
        return Boolean(this.record.data.problem);
    },
});
