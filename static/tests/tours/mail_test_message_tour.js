import { registry } from "@web/core/registry";

import { timing } from "@mail_deliverability/verdict/verdict_watch";

import { assertAccessible } from "./axe";
import { dropFiles } from "./steps";

const EXPLAIN = ".o_mail_deliverability_explain";
const VERDICT = ".o_mail_deliverability_verdict";
const SOURCE = `Received: from mx.acme.example by mx.receiver.example; Thu, 26 Nov 2026 10:00:00 +0000
From: anna@acme.example
To: bob@receiver.example
Subject: Your order
Message-ID: <1@acme.example>

Hello
`;

function assertNarrow(element) {
    const wide = [...element.querySelectorAll("*")].find(
        (one) => one.getBoundingClientRect().right > window.innerWidth + 1
    );
    if (wide) {
        throw new Error(`${wide.outerHTML.slice(0, 200)} is wider than the screen`);
    }
}

function drop(anchor, files) {
    dropFiles(
        anchor,
        files.map(([name, text]) => new File([text], name))
    );
}

const explainSteps = () => [
    {
        content: "what is no message is told apart from one",
        trigger: `${EXPLAIN} textarea`,
        run: "edit Dear Anna, it is in the spam folder.",
    },
    { trigger: `${EXPLAIN} .o_explain_go:enabled`, run: "click" },
    {
        content: "it says how to get the source",
        trigger: `${EXPLAIN} .o_explain_result:contains(not the source)`,
        run: async () => {
            if (!document.querySelector(".o_explain_how[open]")) {
                throw new Error("Nobody says how to get the source");
            }
            await assertAccessible(EXPLAIN);
        },
    },
    {
        content: "several files, one after the other",
        trigger: `${EXPLAIN} .o_explain_drop`,
        run: ({ anchor }) =>
            drop(anchor, [
                ["page.html", "<html></html>"],
                ["order.eml", SOURCE],
            ]),
    },
    { trigger: `${EXPLAIN} .o_explain_result[data-level=fail]:contains(page.html)` },
    { trigger: `${EXPLAIN} .o_explain_result:contains(order.eml) button` },
    {
        content: "beside the frame",
        trigger: ".o_control_panel",
        run: ({ anchor }) => drop(anchor, [["beside.html", "<html></html>"]]),
    },
    { trigger: `${EXPLAIN} .o_explain_result[data-level=fail]:contains(beside.html)` },
    {
        content: "the source, pasted",
        trigger: `${EXPLAIN} textarea`,
        run: ({ anchor }) => {
            timing.lookIn = 300;
            anchor.value = SOURCE;
            anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
        },
    },
    { trigger: `${EXPLAIN} .o_explain_go:enabled`, run: "click" },
    {
        content: "it is being judged",
        trigger: `${VERDICT} [data-state=judging]`,
    },
    {
        content: "who sees nothing begins to read there",
        trigger: `${VERDICT} .o_verdict_headline:focus`,
    },
];

const verdictSteps = () => [
    {
        content: "the verdict appears by itself",
        trigger: `${VERDICT} .o_verdict_summary[data-level=fail]:contains(refuse)`,
    },
    {
        content: "its grade, marked by more than a colour",
        trigger: `${VERDICT} .o_verdict_is_it[data-letter=F] .fa-arrow-right`,
    },
    { trigger: `${VERDICT} .o_verdict_answers [data-kind=dkim][data-level=fail]` },
    {
        content: "the worst finding first, what follows from it folded below",
        trigger: `${VERDICT} .o_verdict_findings > [data-code=dkim_body_changed]:first`,
    },
    {
        trigger: `${VERDICT} .o_verdict_consequences > summary`,
        run: "click",
    },
    { trigger: `${VERDICT} .o_verdict_consequences [data-code=dmarc_fails]` },
    {
        content: "its evidence",
        trigger: `${VERDICT} .o_verdict_findings > [data-code=dkim_body_changed] > details > summary`,
        run: "click",
    },
    {
        content: "what strangers wrote is text",
        trigger: `${VERDICT} .o_setup_code:contains(<script>)`,
    },
    {
        content: "the source",
        trigger: `${VERDICT} .o_verdict_raw > summary`,
        run: "click",
    },
    {
        content: "everybody can use it",
        trigger: `${VERDICT} .o_verdict_source:contains(Your order)`,
        run: async ({ anchor }) => {
            assertNarrow(anchor.closest(VERDICT));
            await assertAccessible(".o_form_renderer");
        },
    },
];

registry.category("web_tour.tours").add("mail_test_message_explain", {
    steps: () => [
        ...explainSteps(),
        ...verdictSteps(),
        { trigger: `.o_breadcrumb a:contains(Test Messages), .o_back_button`, run: "click" },
        { trigger: ".o_data_row:contains(order.eml), .o_kanban_record:contains(order.eml), .o_mail_deliverability_explain" },
    ],
});

registry.category("web_tour.tours").add("mail_test_message_send", {
    steps: () => [
        {
            content: "nothing is there yet",
            trigger: ".o_view_nocontent:contains(Do your mails arrive), .o_nocontent_help:contains(Do your mails arrive)",
            run: () => assertAccessible(".o_content"),
        },
        {
            trigger: ".o_control_panel button:contains(Send a Test Message)",
            run: "click",
        },
        {
            content: "to a mailbox elsewhere",
            trigger: ".modal [name=destination] input[data-value=elsewhere]",
            run: "click",
        },
        {
            trigger: ".modal [name=email_to] input",
            run: "edit anna@elsewhere.example",
        },
        {
            trigger: ".modal p:contains(hand it back)",
            run: () => assertAccessible(".modal-content"),
        },
        { trigger: ".modal footer button:contains(Send)", run: "click" },
        {
            content: "its page, at once",
            trigger: `${VERDICT} [data-state=waiting]:contains(on its way)`,
            run: () => assertAccessible(".o_form_renderer"),
        },
    ],
});
