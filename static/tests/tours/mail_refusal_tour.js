import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";
import { click, open, usable } from "./steps";

const OVERVIEW = ".o_mail_deliverability_overview";

const ALARM = `${OVERVIEW} .o_overview_alarm:contains('Gmail refused an email at')`;

registry.category("web_tour.tours").add("mail_refusal", {
    steps: () => [
        click(
            "why the first email failed",
            ".o-mail-Message:contains('Hello jo@gmail.com') .o-mail-Message-notification"
        ),
        {
            content: "who refused it, why, and what to do",
            trigger:
                ".o-mail-MessageNotificationPopover:contains('Gmail did not take this email: no valid DKIM signature. Set up DKIM')",
            run: () => assertAccessible(".o-mail-MessageNotificationPopover"),
        },
        {
            content: "and where",
            trigger:
                ".o-mail-MessageNotificationPopover a[href^='/odoo/email-domain-checks/']:contains('Check the domain')",
        },
        open("the overview", "mail_deliverability_overview_action"),
        usable("it", OVERVIEW, ALARM),
        {
            content: "a server that soon takes no passwords",
            trigger: `${OVERVIEW} button:contains('Relay')`,
        },
        click("one of the reasons", `${OVERVIEW} button:contains('Unknown Address')`),
        {
            content: "the list, of that alone",
            trigger: ".o_list_renderer:not(:contains('jo@gmail.com'))",
        },
        usable("it", ".o_list_renderer", ".o_data_row:contains('kim@customer.example')"),
        click("the refusal", ".o_data_row td:contains('kim@customer.example')"),
        usable(
            "its page",
            ".o_form_renderer",
            ".o_form_renderer:contains('there is no such address. Correct the address')"
        ),
        click("the email", "button[name='action_open_mail']"),
        {
            content: "it says so too",
            trigger: ".o_form_renderer .alert:contains('there is no such address')",
            run: () => assertAccessible(".o_form_renderer .alert:not(.o_invisible_modifier)"),
        },
    ],
});

registry.category("web_tour.tours").add("mail_refusal_phone", {
    steps: () => [
        usable("the overview", OVERVIEW, ALARM),
        click("all", `${OVERVIEW} button:contains('Show 2 refusals')`),
        usable(
            "the cards",
            ".o_kanban_renderer",
            ".o_kanban_record:contains('kim@customer.example')"
        ),
        click("one of them", ".o_kanban_record:contains('jo@gmail.com')"),
        usable(
            "its page",
            ".o_form_renderer",
            ".o_form_renderer:contains('no valid DKIM signature')"
        ),
    ],
});
