import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

/** Recipients by day, with the limit as a line where the bars are what it bounds. */
export class SendingGraphModel extends GraphModel {
    async load() {
        const [history] = await Promise.all([
            this.orm.call("mail.deliverability.overview", "get_history"),
            super.load(...arguments),
        ]);
        this.limit = history.limit;
        this._prepareData();
    }

    /** Whether each bar is what all servers have sent on one day. */
    get isBounded() {
        const { domain, groupBy, measure } = this.metaData;
        const [first, ...others] = groupBy;
        const isOfAll = domain.some(
            (leaf) => leaf[0] === "server_id" && leaf[1] === "=" && leaf[2] === 0
        );
        return (
            isOfAll &&
            measure === "sent" &&
            first?.fieldName === "day" &&
            first.interval === "day" &&
            !others.length
        );
    }

    _getLineOverlayDataset() {
        if (!this.limit || !this.isBounded || !this.data.datasets.length) {
            return super._getLineOverlayDataset();
        }
        const label = _t("Limit now");
        return {
            label,
            data: this.data.labels.map(() => this.limit),
            currencyIds: [],
            trueLabels: this.data.labels.map(() => label),
            isLimit: true,
        };
    }
}

/** Recipients are whole. */
export class SendingGraphRenderer extends GraphRenderer {
    formatValue(value) {
        return formatInteger(value);
    }

    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.pointStyle = dataset.type === "line" ? "line" : "rect";
            if (dataset.isLimit) {
                Object.assign(dataset, { borderDash: [6, 4], pointRadius: 0 });
            }
        }
        return data;
    }

    getLegendOptions() {
        const options = super.getLegendOptions();
        options.labels.usePointStyle = true;
        return options;
    }

    getScaleOptions() {
        const options = super.getScaleOptions();
        if (options.y) {
            options.y.ticks.precision = 0;
        }
        return options;
    }
}

registry.category("views").add("mail_send_counter_graph", {
    ...graphView,
    Model: SendingGraphModel,
    Renderer: SendingGraphRenderer,
});
