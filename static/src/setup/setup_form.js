import { onMounted } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { usePager } from "@web/search/pager_hook";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/**
 * The frame of the guided setup: what is typed is kept by its own buttons and steps, so
 * there is nothing to save, to discard, to page through or to delete.
 */
export class SetupFormController extends FormController {
    static template = "mail_deliverability.SetupForm";

    setup() {
        super.setup();
        usePager(() => undefined);
        onMounted(() => this._keepLaterStep());
    }

    displayName() {
        return this.model.root.data.display_name || _t("Set Up an Email Domain");
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
