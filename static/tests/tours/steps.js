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

/** Drop files where a user drops them. */
export function dropFiles(anchor, files) {
    const data = new DataTransfer();
    files.forEach((file) => data.items.add(file));
    const options = { bubbles: true, cancelable: true, dataTransfer: data };
    const isLeft = ["dragover", "drop"].filter((kind) =>
        anchor.dispatchEvent(new DragEvent(kind, options))
    );
    if (isLeft.length) {
        throw new Error(`The browser would open the file: ${isLeft}`);
    }
}

export function click(content, trigger) {
    return { content, trigger, run: "click" };
}
