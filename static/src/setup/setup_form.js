import { onMounted } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { usePager } from "@web/search/pager_hook";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

import { isNameRefused, isNameTaken } from "./steps";

/**
 * The frame of the guided setup: what is typed is kept by its own buttons and steps, so
 * there is nothing to save, to discard, to page through or to delete.
 */
export class SetupFormController extends FormController {
    static template = "mail_deliverability.SetupForm";

    setup() {
        super.setup();
        usePager(() => undefined);
        onMounted(() => {
            this._beginWhereMissing();
            this._keepLaterStep();
        });
    }

    displayName() {
        return this.model.root.data.display_name || _t("Set Up an Email Domain");
    }

    /** What can't be right is said beside it, and nothing goes on with it. */
    async onWillSaveRecord(record) {
        if (record.data.own_problem) {
            this._focusAddress();
            return false;
        }
        return super.onWillSaveRecord(...arguments);
    }

    _focusAddress() {
        this.rootRef.el?.querySelector("[name=own_address] input")?.focus();
    }

    /** Where the domain is known, only the server's address is to be typed. */
    _beginWhereMissing() {
        const { isNew, data } = this.model.root;
        if (isNew && data.own_server && !data.own_address && !hasTouch()) {
            this._focusAddress();
        }
    }

    /** What is no domain is said at its field, and by nothing else. */
    async beforeExecuteActionButton(clickParams) {
        if (clickParams.special !== "cancel" && !(await isNameTaken(this.model.root))) {
            return false;
        }
        return super.beforeExecuteActionButton(clickParams);
    }

    /** Nothing can be discarded here, so what can't be kept keeps nobody. */
    async beforeLeave(params) {
        return this._hasFault() ? undefined : super.beforeLeave(params);
    }

    async beforeUnload(ev) {
        return this._hasFault() ? undefined : super.beforeUnload(ev);
    }

    _hasFault() {
        const { root } = this.model;
        return isNameRefused(root) || Boolean(root.data.own_problem);
    }

    /** What a later step shows belongs to a record that is stored. */
    async _keepLaterStep() {
        const { root } = this.model;
        if (root.isNew && root.data.step !== "domain") {
            await root.save();
        }
    }
}

registry.category("views").add("mail_deliverability_setup", {
    ...formView,
    Controller: SetupFormController,
});
