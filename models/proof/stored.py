# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages in binary fields, without base64 on the way: they may have 30 MB."""


def keep_raw(record, name, raw):
    """Store bytes in a binary field.

    :param record: that has it.
    :param str name: of the field.
    :param bytes raw: what stands there from now on.
    """
    record.ensure_one()
    drop_raw(record, [name])
    record.env["ir.attachment"].sudo().create(
        {
            "name": name,
            "raw": raw,
            # A guess might be a text, of which Odoo makes an index: a copy in the
            # table, tokens included; or a page, which a browser might show.
            "mimetype": "message/rfc822",
            "res_model": record._name,
            "res_field": name,
            "res_id": record.id,
        }
    )
    record.invalidate_recordset([name])


def load_raw(record, name):
    """Return the bytes in a binary field, b"" where there are none."""
    record.ensure_one()
    return _find(record, [name])[:1].raw or b""


def drop_raw(records, names):
    """Delete the bytes in binary fields."""
    _find(records, names).unlink()
    records.invalidate_recordset(names)


def _find(records, names):
    attachments = records.env["ir.attachment"].sudo()
    return attachments.search(
        [
            ("res_model", "=", records._name),
            ("res_field", "in", names),
            ("res_id", "in", records.ids),
        ]
    )
