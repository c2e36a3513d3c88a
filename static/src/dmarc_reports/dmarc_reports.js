import { Component, onWillStart, status, useComponent, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { findCompanyDomain, getDomainId } from "../checklist/domain_of_action";
import { getLook } from "../checklist/levels";
import { DmarcPlot } from "./dmarc_plot";
import { DmarcReporters } from "./dmarc_reporters";
import { DmarcSources } from "./dmarc_sources";
import { DmarcUpload } from "./dmarc_upload";

const MODEL = "mail.alias.domain";

/**
 * What else stands on the page, between the plot and the sources: components with the
 * props ``page`` (what the server has answered), ``domainId`` and ``reload``.
 */
export const sectionRegistry = registry.category("mail_deliverability_dmarc_sections");

/** Who sends in a domain's name: /odoo/7/email-dmarc-reports. */
export class DmarcReports extends Component {
    static template = "mail_deliverability.DmarcReports";
    static components = { DmarcPlot, DmarcReporters, DmarcSources, DmarcUpload, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("DMARC Reports");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.component = useComponent();
        this.keepLast = new KeepLast();
        this.display = { controlPanel: {} };
        this.state = useState({
            domainId: getDomainId(this.props),
            days: 28,
            ...this.props.state,
            isUploading: false,
            phase: "loading",
            page: false,
            reason: "",
        });
        // Who comes back from the rows or the setup finds the domain he has chosen.
        useSetupAction({
            getLocalState: () => ({ domainId: this.state.domainId, days: this.state.days }),
        });
        onWillStart(async () => {
            this.state.domainId ||= await findCompanyDomain(this.orm);
            await this.load();
        });
    }

    get sections() {
        return sectionRegistry.getAll();
    }

    get look() {
        return getLook(this.state.page.level);
    }

    get periods() {
        return [
            { days: 28, name: _t("the last 4 weeks") },
            { days: 91, name: _t("the last 3 months") },
            { days: 364, name: _t("the last year") },
        ];
    }

    /** What comes from elsewhere and is not shown in numbers of its own. */
    get remarks() {
        const { foreign, refused, waiting } = this.state.page.files;
        return [
            waiting && _t("Reports that wait to be read: %s.", formatInteger(waiting)),
            refused && _t("Files that could not be read: %s.", formatInteger(refused)),
            foreign && _t("Reports on other domains: %s.", formatInteger(foreign)),
        ].filter(Boolean);
    }

    /** Ask the server; what is shown already stays until it has answered. */
    async load() {
        const { domainId, days } = this.state;
        if (!domainId) {
            this.show({ phase: "none" });
            return;
        }
        try {
            const page = await this.keepLast.add(
                this.orm.call(MODEL, "get_dmarc_page", [[domainId], days])
            );
            this.props.updateActionState?.({ active_id: domainId, resId: false });
            this.env.config.setDisplayName(_t("DMARC Reports of %s", page.domain.name));
            this.show({ phase: "ready", page, reason: "" });
        } catch (error) {
            this.show({ phase: "failed", reason: error.data?.message ?? "" });
        }
    }

    show(values) {
        if (status(this.component) !== "destroyed") {
            Object.assign(this.state, values);
        }
    }

    choosePeriod(ev) {
        this.state.days = Number(ev.target.value);
        return this.load();
    }

    chooseDomain(ev) {
        this.state.domainId = Number(ev.target.value);
        return this.load();
    }

    /** What became of each file stays on the page, though it is no longer empty. */
    afterUpload() {
        this.state.isUploading = true;
        return this.load();
    }

    setUp() {
        return this.action.doAction("mail_deliverability.mail_domain_setup_action");
    }

    async run(method) {
        const id = this.state.domainId;
        this.action.doAction(await this.orm.call(MODEL, method, [[id]]));
    }
}

registry.category("actions").add("mail_deliverability.dmarc_reports", DmarcReports);
