import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mail_daily_limit", {
    steps: () => [
        {
            content: "the limit of the database",
            trigger: "#daily_limit_setting div[name='mail_daily_limit'] input",
            run: "edit 6",
        },
        {
            content: "how much of it is used, as a bar",
            trigger: "#daily_limit_setting .o_progressbar",
        },
        {
            content: "save",
            trigger: "button.o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "saved: look at what waits",
            trigger:
                "#daily_limit_setting button:contains('emails wait')",
            run: "click",
        },
        {
            content: "the filter is on",
            trigger: ".o_searchview_facet:contains('Waiting')",
        },
        {
            content: "the mail that waits",
            trigger: ".o_data_row td:contains('An invoice that waits')",
        },
        {
            content: "back",
            trigger: ".o_breadcrumb a:contains('Settings')",
            run: "click",
        },
        {
            content: "the history",
            trigger: "#daily_limit_setting button:contains('Sending History')",
            run: "click",
        },
        {
            content: "a day of it",
            trigger: ".o_data_row td:contains('42')",
        },
        {
            content: "as a chart",
            trigger: "button.o_switch_view.o_graph",
            run: "click",
        },
        {
            content: "whole numbers, and the limit as a line",
            trigger: ".o_graph_renderer canvas",
            run: ({ anchor }) => {
                const chart = Chart.getChart(anchor);
                const line = chart.data.datasets.find((one) => one.type === "line");
                if (line?.data[0] !== 6) {
                    throw new Error(`It is no line at 6: ${line?.data}`);
                }
                const labels = chart.scales.y.ticks.map((tick) => tick.label);
                if (labels.some((label) => !/^[\d,]+$/.test(label))) {
                    throw new Error(`These are not whole: ${labels}`);
                }
            },
        },
    ],
});
