import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";

registry.category("web_tour.tours").add("mail_waiting", {
    steps: () => [
        {
            content: "the alarm",
            trigger: ".o_data_row td:contains('Daily sending limit reached')",
            run: "click",
        },
        {
            content: "it counts what waits",
            trigger: "div[name='note']:contains('2 emails wait')",
        },
        {
            content: "and leads there, without the developer mode",
            trigger: "div[name='note'] .o_readonly a[href='/odoo/emails-waiting']",
            // In a tab of its own, where no tour can follow.
            run: ({ anchor }) => browser.location.assign(anchor.href),
            expectUnloadPage: true,
        },
        {
            content: "the banner tells when they go",
            trigger: ".o_mail_waiting_banner:contains('2 emails wait')",
            run: () => assertAccessible(".o_mail_waiting_banner"),
        },
        {
            content: "raise the limit leads to the setting",
            trigger:
                ".o_mail_waiting_banner a[href='/odoo/settings#daily_limit_setting']",
        },
        {
            content: "send one now",
            trigger: ".o_data_row button[name='action_send_now']",
            run: "click",
        },
        {
            content: "it asks",
            trigger: ".modal .modal-title:contains('Send over the limit today?')",
            run: () => assertAccessible(".modal-content"),
        },
        {
            content: "leave it waiting",
            trigger: ".modal button:contains('Leave Them Waiting')",
            run: "click",
        },
        {
            content: "send all",
            trigger: ".o_mail_waiting_banner button:contains('Send These Now')",
            run: "click",
        },
        {
            content: "over the limit",
            trigger: ".modal button[name='action_send']",
            run: "click",
        },
        {
            content: "the answer",
            trigger: ".o_notification",
        },
        {
            content: "none waits any more",
            trigger: ".o_list_view:not(:has(.o_mail_waiting_banner))",
        },
    ],
});
