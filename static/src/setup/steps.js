import { useService } from "@web/core/utils/hooks";

const NAME = "domain_name";

/** Whether what is typed is no domain; the field says so itself. */
export function isNameRefused(record) {
    return record.data.step === "domain" && record.isFieldInvalid(NAME);
}

/**
 * Wait for what is said of the domain that was typed last.
 *
 * @returns {Promise<boolean>} whether the next step may ask for it
 */
export async function isNameTaken(record) {
    if (record.data.step === "domain") {
        await record.checkValidity(); // takes over what is still being typed
        const proms = [];
        record.model.bus.trigger("DOMAIN_NAME:NEEDED", { proms });
        await Promise.all(proms);
    }
    return !isNameRefused(record);
}

/**
 * Go to another step of the guided setup that a record is about.
 *
 * @returns {Function} async (record, step)
 */
export function useGoTo() {
    const orm = useService("orm");
    return async (record, step) => {
        await orm.call(record.resModel, "action_go_to", [[record.resId], step]);
        await record.load();
    };
}
