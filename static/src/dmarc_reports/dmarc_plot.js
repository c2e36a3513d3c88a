import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";
import { _t } from "@web/core/l10n/translation";
import { formatInteger } from "@web/views/fields/formatters";

import { nameDay } from "../overview/tile";
import { makePattern } from "./patterns";

/** How the emails of each day fared: four classes, on top of each other. */
export class DmarcPlot extends Component {
    static template = "mail_deliverability.DmarcPlot";
    static props = { plot: Object, unit: String };

    setup() {
        this.formatInteger = formatInteger;
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.getConfig());
                return () => chart.destroy();
            },
            () => [this.props.plot]
        );
    }

    /** From the bottom to the top; told apart by colour and by pattern. */
    get classes() {
        return [
            {
                key: "passed",
                name: _t("Pass"),
                meaning: _t("SPF passes for the address in From: it came from you."),
                colors: ["#1F7A4D", "#5FC492"],
                pattern: "plain",
            },
            {
                key: "forwarded",
                name: _t("Pass by signature alone"),
                meaning: _t(
                    "The signature (DKIM) holds, SPF does not: mostly emails of yours that somebody has forwarded, or that a service has sent."
                ),
                colors: ["#2F66B5", "#8FB4EC"],
                pattern: "dots",
            },
            {
                key: "ours",
                name: _t("Yours, and fail"),
                meaning: _t("From a sender of yours, but receivers can't see that."),
                colors: ["#B3261E", "#F2867F"],
                pattern: "lines",
            },
            {
                key: "others",
                name: _t("Not yours, and fail"),
                meaning: _t("From others who use your name, or who nobody knows yet."),
                colors: ["#5F6368", "#B4B8BD"],
                pattern: "grid",
            },
        ];
    }

    get rows() {
        const { days } = this.props.plot;
        return days.map((day, index) => ({
            name: nameDay(day),
            counts: this.classes.map(({ key }) => this.props.plot[key][index]),
        }));
    }

    get unitName() {
        return this.props.unit === "week" ? _t("Week from") : _t("Day");
    }

    /** What the picture shows, for those who don't see it. */
    get description() {
        const sums = this.classes.map(({ key, name }) => {
            const sum = this.props.plot[key].reduce((all, one) => all + one, 0);
            return `${name}: ${formatInteger(sum)}`;
        });
        return _t("Emails in the name of the domain. %s.", sums.join("; "));
    }

    getConfig() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)");
        const ground = getCustomColor(scheme, "#FFFFFF", "#262A36");
        const scale = { stacked: true, ticks: { color: text, precision: 0 } };
        return {
            type: "bar",
            data: {
                labels: this.rows.map((row) => row.name),
                datasets: this.classes.map(({ key, name, colors, pattern }) => {
                    const color = getCustomColor(scheme, ...colors);
                    return {
                        label: name,
                        data: this.props.plot[key],
                        backgroundColor: makePattern(pattern, color, ground),
                        borderColor: color,
                        borderWidth: 1,
                    };
                }),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { display: false } },
                scales: {
                    x: { ...scale, grid: { display: false } },
                    y: { ...scale, beginAtZero: true, suggestedMax: 5, grid: { color: grid } },
                },
            },
        };
    }
}
