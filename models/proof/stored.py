# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages in binary fields, without base64 on the way: they may have 30 MB."""


def keep_raw(record, name, raw):
    """Store bytes in a binary field.

    :param record: that has it.
    :param str name: of the field.
    :param bytes raw: what stands there from now on.
    """
    drop_raw(record, [name])
    add_raw(record, name, raw)


def add_raw(record, name, raw):
    """Store bytes beside those that a binary field has.

    Writes nothing of the record itself, which may be locked.

    :return: the attachment (with sudo).
    """
    record.ensure_one()
    attachment = (
        record.env["ir.attachment"]
        .sudo()
        .create(
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
    )
    record.invalidate_recordset([name])
    return attachment


def load_raw(record, name):
    """Return the bytes in a binary field, b"" where there are none."""
    record.ensure_one()
    return find_raw(record, [name])[:1].raw or b""


def drop_raw(records, names):
    """Delete the bytes in binary fields."""
    find_raw(records, names).unlink()
    records.invalidate_recordset(names)


def drop_all_raw(env, models):
    """Delete all that binary fields of models hold: in files it outlives the tables."""
    stored = [("res_model", "in", models), ("res_field", "!=", False)]
    env["ir.attachment"].sudo().search(stored).unlink()


def find_raw(records, names):
    """Return the attachments that are binary fields (with sudo)."""
    attachments = records.env["ir.attachment"].sudo()
    return attachments.search(
        [
            ("res_model", "=", records._name),
            ("res_field", "in", names),
            ("res_id", "in", records.ids),
        ]
    )
