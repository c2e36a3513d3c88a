import { onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

/**
 * Call a function again and again while a component is on the page.
 *
 * @param {Function} call
 * @param {number} every in ms
 */
export function useRegularly(call, every) {
    let timer;
    onMounted(() => {
        timer = browser.setInterval(call, every);
    });
    onWillUnmount(() => browser.clearInterval(timer));
}
