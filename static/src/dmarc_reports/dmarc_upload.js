import { Component, onWillUnmount, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

import { getLook } from "../checklist/levels";
import { readBase64, tellError, tellRest } from "../explain/brought_files";

const MODEL = "mail.dmarc.report";
const MAX_BYTES = 25 * 1024 * 1024; // of one file, as the server has it
const MAX_FILES = 500;
const SHOWN = 5; // files in order that are shown by themselves

/** Takes files of reports, as many as somebody has, and says what each of them was. */
export class DmarcUpload extends Component {
    static template = "mail_deliverability.DmarcUpload";
    static props = { onDone: Function };

    setup() {
        this.orm = useService("orm");
        this.files = useRef("files");
        this.isAlive = true;
        this.state = useState({
            done: 0,
            isBusy: false,
            isOver: false,
            remark: "",
            results: [],
            total: 0,
        });
        onWillUnmount(() => (this.isAlive = false));
    }

    getLook(level) {
        return getLook(level);
    }

    /** What somebody has to look at stands before a hundred files that are in order. */
    get troubled() {
        return this.state.results.filter(({ level }) => ["fail", "warning"].includes(level));
    }

    get inOrder() {
        return this.state.results.filter(({ level }) => ["pass", "info"].includes(level));
    }

    get isFolded() {
        return this.inOrder.length > SHOWN;
    }

    get folded() {
        return _t("Files in order: %s", formatInteger(this.inOrder.length));
    }

    /** Whether something counts only once its reporter is accepted. */
    get isUnproven() {
        return this.state.results.some(({ reports }) =>
            reports?.some((one) => one.state === "read" && !one.is_trusted)
        );
    }

    get progress() {
        const { done, total } = this.state;
        return _t("%(done)s of %(total)s files", { done, total });
    }

    onDrop(ev) {
        this.state.isOver = false;
        return this.upload([...ev.dataTransfer.files]);
    }

    async onPick(ev) {
        const files = [...ev.target.files];
        // The same file can be picked once more.
        ev.target.value = "";
        await this.upload(files);
    }

    /** One after the other: a year of reports is a thousand files. */
    async upload(files) {
        if (this.state.isBusy || !files.length) {
            return;
        }
        const taken = files.slice(0, MAX_FILES);
        Object.assign(this.state, {
            done: 0,
            isBusy: true,
            remark: tellRest(files, MAX_FILES),
            results: [],
            total: taken.length,
        });
        try {
            for (const file of taken) {
                this.state.results.push(await this._uploadOne(file));
                this.state.done += 1;
                if (!this.isAlive) {
                    return; // somebody has left the page: the rest stays where it is
                }
            }
        } finally {
            this.state.isBusy = false;
        }
        await this.props.onDone();
    }

    async _uploadOne(file) {
        const { name } = file;
        if (file.size > MAX_BYTES) {
            const text = _t("It is too large: files of more than 25 MB are not read.");
            return { name, level: "fail", text };
        }
        try {
            const content = await readBase64(file);
            return { name, ...(await this.orm.call(MODEL, "upload", [content, name])) };
        } catch (error) {
            return { name, level: "fail", text: tellError(error) };
        }
    }
}
