import { useService } from "@web/core/utils/hooks";

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
