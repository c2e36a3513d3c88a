import { registry } from "@web/core/registry";

import { assertAccessible } from "./axe";

const PAGE = ".o_mail_deliverability_overview";
const WORDS = ["spf", "DKIM", "dmarc", "spam", "deliverability", "sending limit"];

/** Settings' own search finds the place by what people look for. */
const searchFor = (word) => [
    {
        content: `look for ${word}`,
        trigger: ".o_searchview_input",
        run: `edit ${word}`,
    },
    {
        content: "what has nothing to do with it is gone",
        trigger: ".o_setting_container:not(:has(#active_user_setting:visible))",
    },
    {
        trigger: word.includes("limit")
            ? "#daily_limit_setting:visible"
            : "#email-alias-setting button:contains('Email Deliverability')",
    },
];

registry.category("web_tour.tours").add("mail_deliverability_overview_empty", {
    steps: () => [
        ...WORDS.flatMap(searchFor),
        {
            trigger: ".o_searchview_input",
            run: "edit DKIM",
        },
        {
            trigger: "#email-alias-setting button:contains('Email Deliverability')",
            run: "click",
        },
        {
            content: "it could not be had",
            trigger: `${PAGE} [role=alert]:contains('Busy at the moment') button`,
            run: async ({ anchor }) => {
                await assertAccessible(PAGE);
                anchor.click();
            },
        },
        {
            content: "nothing is there: one button",
            trigger: `${PAGE} .o_overview_empty`,
            run: async ({ anchor }) => {
                if (anchor.querySelectorAll("button").length !== 1) {
                    throw new Error("One thing can be done, no more");
                }
                await assertAccessible(PAGE);
            },
        },
        {
            content: "without the developer mode the menu is there",
            trigger: "header .o_menu_sections:contains('Email Deliverability')",
        },
        {
            trigger: `${PAGE} button:contains('Set Up')`,
            run: "click",
        },
        {
            content: "the setup",
            trigger: ".o_form_view",
        },
    ],
});

registry.category("web_tour.tours").add("mail_deliverability_overview_phone", {
    steps: () => [
        {
            content: "the domain, each answer in a word",
            trigger: `${PAGE} [data-tile=domains] dd:contains('Missing')`,
        },
        {
            content: "the limit, amber",
            trigger: `${PAGE} [data-tile=limit] [data-level='80'] .bg-warning`,
        },
        {
            trigger: `${PAGE} [data-tile=limit]:contains('170 of 200 recipients')`,
        },
        {
            content: "the alarm",
            trigger: `${PAGE} [data-tile=alarms]:contains('It broke'):contains('Look here')`,
        },
        {
            content: "the plot of all servers",
            trigger: `${PAGE} [data-tile=history] canvas[aria-label*='The limit is 200']`,
            run: async () => {
                for (const tile of document.querySelectorAll("[data-tile]")) {
                    const { right } = tile.getBoundingClientRect();
                    const isCut = tile.scrollWidth > tile.clientWidth;
                    if (isCut || right > window.innerWidth) {
                        throw new Error(`${tile.dataset.tile} is wider than a phone`);
                    }
                }
                await assertAccessible(PAGE);
            },
        },
        {
            content: "of one server",
            trigger: `${PAGE} [data-tile=history] select`,
            run: "selectByLabel Relay",
        },
        {
            trigger: `${PAGE} [data-tile=history] canvas[aria-label*='There is no limit']`,
        },
        {
            content: "the numbers",
            trigger: `${PAGE} [data-tile=history] summary`,
            run: "click",
        },
        {
            trigger: `${PAGE} [data-tile=history] tbody tr:first-child:contains('120'):contains('3')`,
        },
        {
            content: "what is found about the domain",
            trigger: `${PAGE} [data-tile=domains] button:contains('Show')`,
            run: "click",
        },
        {
            trigger: `body:not(:has(${PAGE}))`,
        },
    ],
});
