# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What each worker remembers for the mails to come."""


def clear_caches(env):
    """Let all workers look things up anew, now and once more after the commit.

    Until then another thread still reads, and may cache, what was there before.
    """
    env.registry.clear_cache()
    env.cr.postcommit.add(env.registry.clear_cache)
