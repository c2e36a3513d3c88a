import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError } from "@web/core/network/rpc";
import { getDataURLFromFile } from "@web/core/utils/urls";

/** Say that there are more files than are taken at once; "" where there are not. */
export function tellRest(files, most) {
    return files.length > most
        ? _t("These are the first %s files. Bring the others after them.", most)
        : "";
}

/** Return the content of a file in base64, as methods of the server take it. */
export async function readBase64(file) {
    const url = await getDataURLFromFile(file);
    return url.slice(url.indexOf(",") + 1);
}

/** Say why a file could not be read; any other error is thrown again. */
export function tellError(error) {
    if (error instanceof ConnectionLostError) {
        return _t("There is no connection to Odoo. Try again in a moment.");
    }
    if (error instanceof RPCError) {
        return error.data?.message || error.message;
    }
    if (error instanceof DOMException) {
        return _t("The browser can't read this file.");
    }
    throw error;
}
