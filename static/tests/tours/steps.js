/** Steps that several tours have. */

import { assertAccessible } from "./axe";

/** Open an action without its menu, as a bookmark of its page does. */
export function open(content, action, trigger = ".o_action_manager") {
    return {
        content: `open ${content}`,
        trigger,
        run: () =>
            odoo.__WOWL_DEBUG__.root.env.services.action.doAction(
                `mail_deliverability.${action}`,
                { clearBreadcrumbs: true }
            ),
    };
}

export function usable(content, page, trigger) {
    return {
        content: `everybody can use ${content}`,
        trigger: trigger || page,
        run: () => assertAccessible(page),
    };
}

export function click(content, trigger) {
    return { content, trigger, run: "click" };
}
