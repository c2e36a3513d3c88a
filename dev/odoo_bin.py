# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's command line, as a program that can be started again by its file's name.

With workers Odoo starts its evented one as ``python FILE gevent ...``, where FILE is
``sys.argv[0]`` (``long_polling_spawn`` of odoo/service/server.py). The file behind
``python -m odoo`` has relative imports and can't be started that way.
"""

from odoo.cli.command import main

if __name__ == "__main__":
    main()
