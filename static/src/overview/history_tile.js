import { _t } from "@web/core/l10n/translation";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { loadBundle } from "@web/core/assets";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";

import { nameDay, OverviewTile, tileProps } from "./tile";
import { tileRegistry } from "./overview";

/** What was sent on the last 30 days, what had to wait, and the limit as a line. */
export class HistoryTile extends Component {
    static template = "mail_deliverability.HistoryTile";
    static components = { OverviewTile };
    static props = tileProps;

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.formatInteger = formatInteger;
        this.canvas = useRef("canvas");
        this.state = useState({ history: this.props.tile });
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                if (this.isEmpty) {
                    return;
                }
                const chart = new Chart(this.canvas.el, this.getConfig());
                return () => chart.destroy();
            },
            () => [this.state.history]
        );
    }

    get isEmpty() {
        const { sent, waited } = this.state.history;
        return ![...sent, ...waited].some(Boolean);
    }

    get days() {
        const { days, sent, waited } = this.state.history;
        return days.map((day, index) => ({
            name: nameDay(day),
            sent: sent[index],
            waited: waited[index],
        }));
    }

    /** What the picture shows, for those who don't see it. */
    get description() {
        const { sent, waited, limit } = this.state.history;
        const add = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
        const words = {
            sent: formatInteger(add(sent)),
            most: formatInteger(Math.max(...sent)),
            waited: formatInteger(add(waited)),
            limit: formatInteger(limit),
        };
        return limit
            ? _t(
                  "Recipients of the last 30 days: %(sent)s sent to, at most %(most)s on one day; %(waited)s had to wait. The limit is %(limit)s a day.",
                  words
              )
            : _t(
                  "Recipients of the last 30 days: %(sent)s sent to, at most %(most)s on one day; %(waited)s had to wait. There is no limit.",
                  words
              );
    }

    getConfig() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const grid = getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)");
        const days = this.days;
        return {
            type: "bar",
            data: {
                labels: days.map((day) => day.name),
                datasets: [...this.getBars(days, scheme), ...this.getLine(days, text)],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { labels: { color: text, usePointStyle: true } } },
                scales: {
                    x: { grid: { display: false }, ticks: { color: text } },
                    y: {
                        beginAtZero: true,
                        grace: "5%",
                        suggestedMax: 5,
                        grid: { color: grid },
                        ticks: { color: text, precision: 0 },
                    },
                },
            },
        };
    }

    getBars(days, scheme) {
        return [
            {
                label: _t("Sent"),
                data: days.map((day) => day.sent),
                backgroundColor: getColor(0, scheme, 6),
                pointStyle: "rect",
            },
            {
                label: _t("Had to wait"),
                data: days.map((day) => day.waited),
                backgroundColor: getColor(3, scheme, 6),
                pointStyle: "rect",
            },
        ];
    }

    getLine(days, color) {
        const { limit } = this.state.history;
        if (!limit) {
            return [];
        }
        return [
            {
                type: "line",
                label: _t("Limit now"),
                data: days.map(() => limit),
                borderColor: color,
                backgroundColor: color,
                borderDash: [6, 4],
                borderWidth: 1.5,
                pointRadius: 0,
                pointStyle: "line",
            },
        ];
    }

    async choose(ev) {
        const serverId = Number(ev.target.value);
        const overview = "mail.deliverability.overview";
        this.state.history = await this.keepLast.add(
            this.orm.call(overview, "get_history", [serverId])
        );
    }

    showAll() {
        return this.action.doAction("mail_deliverability.mail_send_counter_action");
    }
}

tileRegistry.add("history", HistoryTile);
