import { registry } from "@web/core/registry";
import { assertAccessible } from "./axe";

const POPOVER = ".o-mail-MessageNotificationPopover";

function told(name, words) {
    return {
        content: `what was reported of ${name}`,
        trigger: `${POPOVER} div:contains('${name}'):contains('${words}')`,
    };
}

registry.category("web_tour.tours").add("mail_delivery_report", {
    steps: () => [
        {
            content: "who has the message",
            trigger: ".o-mail-Message:contains('The offer') .o-mail-Message-notification",
            run: "click",
        },
        told("ann", "(delayed: the receiving server has not taken it yet)"),
        told("bea", "(arrived)"),
        told("cem", "(marked as spam by the recipient)"),
        told("dan", "there is no such address. Correct the address"),
        {
            content: "everybody can read it",
            trigger: POPOVER,
            run: () => assertAccessible(POPOVER),
        },
    ],
});
