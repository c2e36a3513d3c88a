import { registry } from "@web/core/registry";

import { timing } from "@mail_deliverability/verdict/verdict_watch";

import { assertAccessible } from "./axe";

const VERDICT = ".o_mail_deliverability_verdict";
const FIRST = ".o_verdict_findings > [data-code]:first";
const LEGS_BACK = ".o_verdict_legs:contains(Bounces come back:):contains(Answers come back:)";
const WORLDS = 12;

registry.category("web_tour.tours").add("mail_test_message_loop", {
    steps: () => [
        {
            trigger: ".o_control_panel button:contains(Send a Test Message)",
            run: ({ anchor }) => {
                timing.lookIn = 500;
                anchor.click();
            },
        },
        { trigger: ".modal footer button:contains(Send)", run: "click" },
        {
            content: "the verdict appears by itself: all is well",
            trigger: `${VERDICT} .o_verdict_is_it[data-letter=A]`,
        },
        {
            content: "nothing was found, and all three messages are back",
            trigger: `${VERDICT}:has(${LEGS_BACK}):not(:has(.o_verdict_findings))`,
            run: () => assertAccessible(".o_form_renderer"),
        },
        {
            content: "the same once more, and somebody changes it on the way",
            trigger: `${VERDICT} button[name=action_send_again]`,
            run: "click",
        },
        {
            trigger: `${VERDICT} .o_verdict_is_it[data-letter=C]`,
        },
        {
            content: "what was changed is found first",
            trigger: `${VERDICT} ${FIRST}`,
            run: ({ anchor }) => {
                const { code } = anchor.dataset;
                if (code !== "dkim_header_changed") {
                    throw new Error(`${code} was found first`);
                }
            },
        },
        {
            content: "what was sent beside it is back as well",
            trigger: `${VERDICT} ${LEGS_BACK}`,
        },
    ],
});

/** The message of each world is named by its number and by what is to be found. */
function lookAtWorld(number) {
    return [
        {
            trigger: `.o_form_view:has(h1:contains(World ${number}:)) ${VERDICT} ${FIRST}`,
            run: ({ anchor }) => {
                const name = anchor.closest(".o_form_view").querySelector("h1").innerText;
                const { code } = anchor.dataset;
                if (!name.endsWith(`: ${code}`)) {
                    throw new Error(`${name}: ${code} was found first`);
                }
            },
        },
        { trigger: ".o_pager_next", run: "click" },
    ];
}

registry.category("web_tour.tours").add("mail_test_message_worlds", {
    steps: () => [
        { trigger: ".o_data_row:contains(World 1:) .o_data_cell", run: "click" },
        ...Array.from({ length: WORLDS }, (_one, index) => lookAtWorld(index + 1)).flat(),
        { trigger: ".o_form_view:has(h1:contains(World 1:))" },
    ],
});
