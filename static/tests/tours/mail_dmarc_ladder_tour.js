import { registry } from "@web/core/registry";
import { click, usable } from "./steps";

const PAGE = ".o_mail_deliverability_dmarc";
const LADDER = `${PAGE} .o_dmarc_ladder`;

registry.category("web_tour.tours").add("mail_dmarc_ladder", {
    steps: () => [
        {
            content: "what was sent, beside what is reported",
            trigger: `${PAGE} .o_dmarc_reconciled:contains('Odoo sent 600 emails to receivers that report')`,
        },
        {
            content: "all is well but for what nobody has been asked",
            trigger: `${LADDER}[data-rung=none] .alert:contains('4 of 5 conditions are met')`,
        },
        usable("the page", PAGE, `${LADDER} [data-condition=rare][data-met=no]`),
        click("nothing is sent rarely", `${LADDER} [data-answer=no]`),
        {
            content: "it may go on",
            trigger: `${LADDER}[data-step=testing] .alert:contains('All conditions are met')`,
        },
        usable("the next step", PAGE, `${LADDER} [data-answer=no][aria-pressed=true]`),
        click("the record", `${LADDER} .o_dmarc_take_step`),
        click("the guided setup asks DNS", "button[name=action_show_records]:visible"),
        {
            content: "its card has the step, and says why",
            trigger:
                ".o_setup_record:contains('p=quarantine; pct=0; t=y'):contains('it is time for the next step')",
        },
    ],
});

registry.category("web_tour.tours").add("mail_dmarc_ladder_phone", {
    steps: () => [
        usable("the page", PAGE, `${LADDER}[data-rung=none] [data-condition=named]`),
        click("whether reports come in is tried", `${PAGE} .o_dmarc_test_address`),
        {
            content: "it is on its way",
            trigger: `${PAGE} .o_dmarc_inbox[data-state=waiting]`,
        },
        usable("what is said of it", PAGE, `${PAGE} .o_dmarc_inbox button:contains('Look Again')`),
    ],
});
