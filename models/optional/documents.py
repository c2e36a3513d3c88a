# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Documents and appointments, whose mails are never mass mailings, however many.

Somebody has ordered, registered or agreed to meet, and counts on the mail; or it is
about somebody's money. Mails about anything else are judged by their number.
"""

# Models, by the modules that bring them.
DOCUMENTS = {
    # account, account_payment, payment, l10n_*
    "account.move",
    "account.payment",
    "payment.transaction",
    # appointment, calendar
    "appointment.booking.line",
    "calendar.attendee",
    "calendar.event",
    # event, website_event_*
    "event.registration",
    # hr_*
    "hr.appraisal",
    "hr.contract",
    "hr.expense",
    "hr.expense.sheet",
    "hr.leave",
    "hr.leave.allocation",
    "hr.payslip",
    "hr.version",
    "planning.slot",
    # point_of_sale
    "pos.order",
    # purchase, purchase_requisition
    "purchase.order",
    "purchase.requisition",
    # repair, stock
    "repair.order",
    "stock.picking",
    # sale, sale_loyalty
    "sale.order",
    # sign
    "sign.request",
    "sign.request.item",
}
