const IMPACTS = ["serious", "critical"];

/**
 * What Odoo's own widgets do wrong inside our pages: rule -> selector -> why.
 * @type {Object<string, Object<string, string>>}
 */
const EXCEPTIONS = {
    "aria-required-parent": {
        ".o_notebook_headers": "Odoo's tabs are no tablist",
    },
    "autocomplete-valid": {
        ".o_select_menu": "Odoo's selections switch the browser's own list off",
        ".o_field_selection": "Odoo's selections switch the browser's own list off",
    },
    "aria-allowed-attr": {
        ".o_tag": "Odoo's tags are selected without being options",
        ".o_field_selection": "Odoo's selections expand an element without a role",
    },
    label: {
        ".o_list_record_selector": "Odoo's lists select rows by boxes without a label",
    },
    "button-name": {
        ".o_optional_columns_dropdown": "Odoo's button for columns is an icon",
        ".o_list_actions_header": "Odoo's button for columns is an icon",
    },
};

function isExcepted(rule, node) {
    return Object.keys(EXCEPTIONS[rule] || {}).some((selector) =>
        node.element.closest(selector)
    );
}

/** What fades in has another contrast meanwhile. */
async function endAnimations() {
    const ending = document
        .getAnimations()
        .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
        .map((one) => one.finished.catch(() => {}));
    await Promise.all(ending);
}

function describe({ id, impact, help }, node) {
    const why = [...node.any, ...node.all, ...node.none].map((check) => check.message);
    return [
        `${id} (${impact}): ${help}`,
        `    ${node.target.join(" ")}`,
        `    ${node.html.slice(0, 300)}`,
        ...why.map((text) => `    ${text}`),
    ].join("\n");
}

/**
 * Fail where axe-core finds something serious or critical.
 *
 * @param {string} selector of the part of the page to look at; all of its matches
 * @throws {Error} with the rule, the element and the reason of each finding
 */
export async function assertAccessible(selector = ".o_action_manager") {
    if (!document.querySelector(selector)) {
        throw new Error(`There is no ${selector} to look at`);
    }
    if (window.axe === null) {
        return; // tests/axe.py has none
    }
    await endAnimations();
    const { violations } = await window.axe.run(
        { include: [selector] },
        { elementRef: true, iframes: false, resultTypes: ["violations"] }
    );
    const findings = violations
        .filter(({ impact }) => IMPACTS.includes(impact))
        .flatMap((rule) =>
            rule.nodes
                .filter((node) => !isExcepted(rule.id, node))
                .map((node) => describe(rule, node))
        );
    if (findings.length) {
        const count = `${findings.length} finding${findings.length > 1 ? "s" : ""}`;
        throw new Error(
            `${count} of axe-core in ${selector}:\n${findings.join("\n")}`
        );
    }
}
