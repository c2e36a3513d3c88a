import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { StatusBarField, statusBarField } from "@web/views/fields/statusbar/statusbar_field";

import { isNameTaken, useGoTo } from "./steps";

/** The steps of the guided setup: a click goes to one, as its buttons do. */
export class SetupSteps extends StatusBarField {
    setup() {
        super.setup();
        this.goTo = useGoTo();
        this.ui = useService("ui");
    }

    async selectItem({ value }) {
        const { record } = this.props;
        if (!(await isNameTaken(record)) || !(await record.save())) {
            return; // what is missing is marked
        }
        this.ui.block({ message: _t("Asking DNS") });
        try {
            await this.goTo(record, value);
        } finally {
            this.ui.unblock();
        }
    }
}

registry.category("fields").add("mail_deliverability_setup_steps", {
    ...statusBarField,
    component: SetupSteps,
    additionalClasses: ["o_field_statusbar"],
    extractProps: (...args) => ({
        ...statusBarField.extractProps(...args),
        isDisabled: false,
        withCommand: false,
    }),
});
