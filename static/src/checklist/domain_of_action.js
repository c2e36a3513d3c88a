import { user } from "@web/core/user";

/**
 * The alias domain that a client action is about: that of its address or of who opened
 * it.
 *
 * @param {Object} props of the action
 * @returns {number|false}
 */
export function getDomainId({ action, resId }) {
    const id = resId || action.params?.alias_domain_id || action.context?.active_id;
    return Number.isInteger(id) ? id : false;
}

/**
 * The alias domain of the company, for an address that names none.
 *
 * @param {Object} orm the service
 * @returns {Promise<number|false>}
 */
export async function findCompanyDomain(orm) {
    const ids = [user.activeCompany.id];
    const [company] = await orm.read("res.company", ids, ["alias_domain_id"]);
    return company.alias_domain_id && company.alias_domain_id[0];
}
