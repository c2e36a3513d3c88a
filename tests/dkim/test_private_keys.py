# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Private keys by every way that something leaves Odoo: none of them leaves."""

import base64
import copy
import dataclasses
import functools
import inspect
import json
import logging
import pickle
import traceback
import types
from collections import ChainMap, deque
from collections.abc import Mapping
from unittest.mock import patch

import psycopg2
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import BaseModel
from odoo.tests import BaseCase, HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import config, mute_logger

from ...mailauth.dkim.sign import Signer
from ...mailauth.errors import PermError
from ...models.dkim import encryption, mail_dkim_key_alarm, signing
from ...models.dkim.ir_mail_server import SigningFacts
from ...models.sender.session_facts import get_facts
from ..keys import FERNET_KEYS, make_ed25519, make_rsa
from .test_ir_mail_server import SigningCase
from .test_mail_dkim_key import DkimCase, make_pem

OURS = "odoo.addons.mail_deliverability"
MODELS = (
    "mail.dkim.key",
    "mail.alias.domain",
    "mail.domain.check",
    "mail.domain.setup",
    "mail.domain.setup.record",
    "mail.domain.setup.server",
)
ENGINES = {"inline_template": "{{ %s }}", "qweb": '<t t-out="%s"/>'}
PEM = r"PRIVATE KEY-----(\s|\\[rn])+[A-Za-z0-9+/]{20}"
# What a method ends in that is given a text where it wants something else.
MISUSE = (
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    psycopg2.DataError,
    psycopg2.ProgrammingError,
    psycopg2.errors.UniqueViolation,
)
COMMITTING = {"_cron_check_authentication", "_cron_watch_reports", "_watch_once"}
BUILT_IN = (types.MethodWrapperType, types.BuiltinFunctionType)  # they lead nowhere
KEY_TYPES = (rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey, Signer)
# From a method, as ``str.format`` walks: attributes, and items by text or number.
GLOBALS = "{0.__func__.__globals__[secrets].encryption."
WALKS = (
    GLOBALS + "config[mail_deliverability_key]}",
    GLOBALS + "config.options[mail_deliverability_key]}",
    *(GLOBALS + f"config.options.maps[{number}]}}" for number in range(5)),
    *(
        GLOBALS + f"config._{layer}_options}}"
        for layer in ("runtime", "cli", "env", "file", "default")
    ),
    GLOBALS + "__dict__}",
    GLOBALS + "_kept}",
    GLOBALS + "_kept[_HERE]}",
    GLOBALS + "_kept[()]}",
    GLOBALS + "_kept[0].fernets[0]._signing_key}",
    GLOBALS + "_get_fernets.__closure__}",
    GLOBALS + "_get_fernets.__defaults__}",
    GLOBALS + "_Keys.fernets}",
    GLOBALS + "_Keys._field_defaults}",
    "{0.__func__.__globals__[signing]._store}",
    "{0.__func__.__globals__[signing].forget.__closure__}",
    "{0.__func__.__globals__[signing].os.environ}",
    "{0.__func__.__globals__[signing].logging.sys.argv}",
)
# Of TestPrivateKeysByReading: what gives an answer; all else is refused.
ANSWERED = {"default_get", "fields_get"}
ANSWERED_TO_ADMINS = {
    "copy",
    "copy with it",
    "copy_data",
    "display_name",
    "load",
    "metadata",
    "name_search",
    "read all",
    "read of the import",
    "views",
}
GROUPS = {
    "visitor": None,
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "editor": "base.group_user,mail.group_mail_template_editor",
    "administrator": "base.group_system",
}


def _list_walks(env):
    """Return expressions that print what is at the end of each walk.

    :param str env: the expression for an environment.
    """
    method = f"{env}['mail.dkim.key']._get_taken_selectors"
    return [
        *(f"'{walk}'.format({method})" for walk in WALKS),
        *(
            f"'{walk.replace('{0', '{key')}'.format_map({{'key': {method}}})"
            for walk in WALKS
        ),
        f"f'{{{env}.user._activate.__func__.__globals__}}'",
    ]


def list_fernet_secrets(text):
    """Return the texts that give a Fernet key away, whole or half."""
    raw = base64.urlsafe_b64decode(text)
    return [text, *(str(half)[2:-1] for half in (raw[:16], raw[16:]))]


def walk_like_format(roots, most=200_000):
    """Yield what ``str.format`` reaches in this addon's code, nearest first.

    By attributes, and by items whose key is a text or a number.
    """
    seen = {id(root): root for root in roots}
    waiting = deque(roots)
    while waiting:
        value = waiting.popleft()
        yield value
        for part in _list_named_parts(value):
            if id(part) not in seen and not isinstance(part, BUILT_IN):
                seen[id(part)] = part  # kept, so that no other gets its id
                waiting.append(part)
        if len(seen) > most:
            raise AssertionError("There is more than was looked at")


def _list_named_parts(value):
    if isinstance(value, Mapping):
        yield from (part for key, part in value.items() if isinstance(key, (str, int)))
    elif isinstance(value, (list, tuple)):
        yield from value
    if isinstance(value, ChainMap):
        yield value.maps  # its "parents" has no end
    elif _is_walked(value):
        for name in dir(value):
            try:
                yield getattr(value, name)
            except Exception:  # noqa: S112  pylint: disable=broad-exception-caught
                continue  # so does format


def _is_walked(value):
    if isinstance(value, types.ModuleType):
        name = value.__name__
    elif isinstance(value, (type, types.FunctionType, types.MethodType)):
        name = value.__module__ or ""
    else:
        name = type(value).__module__
    ours = name.startswith(OURS) and not name.startswith(f"{OURS}.tests")
    known = name == "odoo.tools.config" or name.startswith("cryptography")
    if isinstance(value, BaseModel):
        return False
    return ours or known or isinstance(value, types.CellType)


def list_secrets(private_key):
    """Return the texts that give a key away, whole or in part."""
    encoding = serialization.Encoding.DER
    der = private_key.private_bytes(
        encoding,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    texts = [
        der.hex(),
        base64.b64encode(der).decode(),
        *make_pem(private_key).splitlines()[1:3],
    ]
    if isinstance(private_key, rsa.RSAPrivateKey):
        numbers = private_key.private_numbers()
        for number in (numbers.p, numbers.q, numbers.d):
            texts += [str(number), f"{number:x}"]
    else:
        texts.append(private_key.private_bytes_raw().hex())
    return texts


def find_keys(value, seen=None):
    """Return the key objects that can be had from what a method returns."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, (str, bytes, int, float, BaseModel)):
        return []
    seen.add(id(value))
    if isinstance(value, KEY_TYPES):
        return [value]
    return [key for part in _open(value) for key in find_keys(part, seen)]


def _open(value):
    """Return what is inside of an object: items, attributes, closures, frames."""
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, (list, tuple, set, frozenset, deque)):
        yield from value
    elif isinstance(value, functools.partial):
        yield from (value.func, value.args, value.keywords)
    if inspect.isgenerator(value) or inspect.iscoroutine(value):
        frame = getattr(value, "gi_frame", None) or getattr(value, "cr_frame", None)
        yield from frame.f_locals.values() if frame else ()
    if inspect.isfunction(value):
        yield from (cell.cell_contents for cell in value.__closure__ or ())
    elif inspect.ismethod(value):
        yield value.__func__
    elif dataclasses.is_dataclass(value) or type(value).__module__.startswith(OURS):
        yield from vars(value).values() if hasattr(value, "__dict__") else ()


@tagged("post_install", "-at_install")
class TestFindKeys(BaseCase):
    """What these tests look with finds a key wherever it is."""

    def test_find(self):
        key = make_ed25519()

        def generate():
            kept = key
            yield kept.public_key()

        running = generate()
        next(running)
        signer = Signer("acme.example", "s1", key)
        for name, value, expected in (
            ("key", key, 1),
            ("signer", signer, 1),
            ("list", [None, (signer,)], 1),
            ("dict", {1: {"a": key}}, 1),
            ("closure", lambda: key, 1),
            ("queue", deque([key]), 1),
            ("what waits", functools.partial(print, key), 1),
            ("what waits, by name", functools.partial(print, sep=key), 1),
            ("generator", running, 1),
            ("public half", key.public_key(), 0),
            ("text", "key", 0),
        ):
            with self.subTest(name):
                self.assertEqual(len(find_keys(value)), expected)

    def test_pem(self):
        pem = make_pem(make_ed25519())
        for text in (pem, repr(pem), json.dumps(pem)):
            self.assertRegex(text, PEM)


class PrivateKeyCase(DkimCase):
    """A domain with an active RSA and an active Ed25519 key, encrypted."""

    def setUp(self):
        super().setUp()
        self._use_config(FERNET_KEYS[0])
        self.addCleanup(signing.forget)
        self.active = self._make_active() | self._make_active(algorithm="ed25519")
        # As a worker that signs: the keys are loaded.
        self.assertTrue(all(self.active.mapped("is_usable")))
        self.secrets = [
            text for row in signing._store.values() for text in list_secrets(row)
        ]
        self.assertEqual(len(self.secrets), 15)
        self.stored = self.active.mapped("private_key")
        self.fernet_secrets = list_fernet_secrets(FERNET_KEYS[0])

    def _make_user(self, name):
        if not GROUPS[name]:
            return self.env.ref("base.public_user")
        return new_test_user(self.env, f"keys_{name}", GROUPS[name])

    def _assert_no_secret(self, found, *others):
        text = found if isinstance(found, str) else repr(found)
        for secret in (*self.secrets, *others):
            self.assertNotIn(secret, text)
        self.assertNotRegex(text, PEM)

    def _attempt(self, call, *refusals):
        """Return what a call gives, or its error as text; what it wrote is undone.

        :param refusals: the exceptions that it may end in, any other is an error.
        :return: that, and the type of the exception, None where it gave an answer.
        """
        try:
            with self.cr.savepoint() as savepoint:
                try:
                    return call(), None
                finally:
                    savepoint.rollback()
        except refusals as error:
            return "".join(traceback.format_exception(error)), type(error)
        finally:
            self.env.invalidate_all(flush=False)


@tagged("post_install", "-at_install")
class TestPrivateKeysByReading(PrivateKeyCase):
    def _list_calls(self, key):
        names = ["private_key", "private_key_import"]
        spec = dict.fromkeys(names, {})
        start = self.stored[0][:12]
        values = {"alias_domain_id": self.domain.id, "algorithm": "ed25519"}
        return {
            "read all": lambda: key.read(),
            "read": lambda: key.read(names[:1]),
            "read of the import": lambda: key.read(names[1:]),
            "attribute": lambda: key[0].private_key,
            "mapped": lambda: key.mapped("private_key"),
            "sorted": lambda: key.sorted("private_key"),
            "filtered": lambda: key.filtered("private_key"),
            "filtered_domain": lambda: key.filtered_domain(
                [("private_key", "=like", f"{start}%")]
            ),
            "search": lambda: key.search([("private_key", "=like", f"{start}%")]),
            "search_count": lambda: key.search_count([("private_key", "!=", False)]),
            "search_read": lambda: key.search_read([], names),
            "search_fetch": lambda: key.search_fetch([], names),
            "order": lambda: key.search([], order="private_key"),
            "web_read": lambda: key.web_read(spec),
            "web_search_read": lambda: key.web_search_read([], spec),
            "web_read_group": lambda: key.web_read_group([], ["private_key"]),
            "export": lambda: key.export_data(names),
            "export of ids": lambda: key.export_data(["private_key/.id"]),
            "group by": lambda: key._read_group([], ["private_key"]),
            "aggregate": lambda: key._read_group([], [], ["private_key:array_agg"]),
            "formatted group": lambda: key.formatted_read_group(
                [], ["private_key"], ["__count"]
            ),
            "progress bar": lambda: key.read_progress_bar(
                [], "private_key", {"field": "state", "colors": {}}
            ),
            "copy": lambda: key[0].copy().read(),
            "copy_data": lambda: key.copy_data(),
            "copy with it": lambda: key[0].copy({"private_key": "x"}).read(),
            "name_search": lambda: key.name_search(start),
            "display_name": lambda: key.mapped("display_name"),
            "fields_get": lambda: key.fields_get(),
            "default_get": lambda: key.default_get(names),
            "defaults in the context": lambda: key.with_context(
                default_private_key="x"
            ).create(values),
            "onchange": lambda: key[0].onchange({}, names, spec),
            "onchange of all": lambda: key[0].onchange(
                {"algorithm": "ed25519"}, ["algorithm"], dict.fromkeys(key._fields, {})
            ),
            "load": lambda: key.load([".id", "private_key"], [[str(key[0].id), "x"]]),
            "write": lambda: key.write({"private_key": "x"}),
            "by the domain": lambda: key.alias_domain_id.search(
                [("dkim_key_ids.private_key", "!=", False)]
            ),
            "export by the domain": lambda: self.domain.with_env(key.env).export_data(
                ["dkim_key_ids/private_key"]
            ),
            "web_read by the domain": lambda: self.domain.with_env(key.env).web_read(
                {"dkim_key_ids": {"fields": spec}}
            ),
            "metadata": lambda: key.get_metadata(),
            "views": lambda: key.get_views([(False, "form"), (False, "list")]),
        }

    @mute_logger("odoo.models", "odoo.sql_db")
    def test_every_user(self):
        for name in GROUPS:
            key = self.active.with_user(self._make_user(name))
            for way, call in self._list_calls(key).items():
                with self.subTest(way, user=name):
                    found, refusal = self._attempt(call, UserError)
                    self._assert_no_secret(found, *self.stored)
                    self.assertIs(refusal, self._get_refusal(way, name))

    def _get_refusal(self, way, user):
        """Return the exception that a call of :meth:`_list_calls` must end in."""
        if way in ANSWERED or (user == "administrator" and way in ANSWERED_TO_ADMINS):
            return None
        by_export = way.startswith("export") and user != "administrator"
        return UserError if by_export else AccessError

    def test_finding_tells_nothing(self):
        """What can be searched for can be guessed, letter by letter."""
        key = self.active.with_user(self._make_user("administrator"))
        calls = self._list_calls(key)
        for way in (
            "filtered_domain",
            "search",
            "search_count",
            "order",
            "sorted",
            "group by",
            "aggregate",
            "formatted group",
            "by the domain",
            "write",
        ):
            with self.subTest(way), self.assertRaises(AccessError):
                calls[way]()

    def test_related_field_of_an_administrator(self):
        """Odoo gives it the groups of what it stands for."""
        model = self.env["ir.model"]._get("mail.dkim.key")
        values = {"model_id": model.id, "name": "x_leak", "ttype": "text"}
        self.env["ir.model.fields"].with_user(self._make_user("administrator")).create(
            {**values, "field_description": "Leak", "related": "private_key"}
        )
        self.addCleanup(self.registry.reset_changes)
        key = self.active.with_user(self._make_user("employee")).sudo(False)
        admin = self.env.ref("base.user_admin")
        for user in (key.env.user, admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                key.with_user(user).read(["x_leak"])

    def test_nothing_of_it_is_in_the_caches_of_the_registry(self):
        for cache in self.registry._Registry__caches.values():
            for value in list(cache.values()):
                self.assertEqual(find_keys(value), [])

    def test_the_cache_of_records_has_no_key(self):
        """What a user with all rights can reach is what is stored."""
        self.env.invalidate_all()
        self.active.mapped("is_usable")
        self.active.mapped("advice")
        field = self.keys._fields["private_key"]
        self.assertFalse(self.env.transaction.field_data.get(field))


@tagged("post_install", "-at_install")
class TestPrivateKeysByMethods(PrivateKeyCase):
    """Templates and server actions can call each method with all rights."""

    def _list_methods(self, model):
        """Return the names of all methods that this addon gives a model.

        Without those that commit.
        """
        found = {}
        for cls in type(self.env[model]).__mro__:
            if cls.__module__.startswith(OURS):
                found |= {n: f for n, f in vars(cls).items() if inspect.isfunction(f)}
        return sorted(set(found) - COMMITTING)

    @mute_logger("odoo.sql_db", f"{OURS}.models.dkim.mail_dkim_key", "odoo.models")
    def test_what_methods_return(self):
        setup = self.env["mail.domain.setup"].create(
            {"alias_domain_id": self.domain.id}
        )
        setup.action_show_records()
        domain = self.domain
        # One method deletes it: aliases of other modules must not hold it.
        self.env["mail.alias"].search([]).alias_domain_id = False
        self.assertGreater(len(self._list_methods("mail.dkim.key")), 30)
        answers = 0
        for model in MODELS:
            records = self.env[model].sudo().search([])[:1]
            for name in self._list_methods(model):
                for arguments in ((), ("acme.example",), ("acme.example", domain)):
                    call = functools.partial(getattr(records, name), *arguments)
                    if not _takes(call):
                        continue
                    with self.subTest(f"{model}.{name}", arguments=arguments):
                        found, refusal = self._attempt(call, *MISUSE, UserError)
                        self.assertEqual(find_keys(found), [])
                        self._assert_no_secret(found)
                        _close(found)
                        answers += refusal is None
        self.assertGreater(answers, 100)

    @mute_logger(
        "odoo.sql_db",
        f"{OURS}.models.dkim.mail_dkim_key",
        "odoo.models",
        "odoo.addons.mail.models.mail_render_mixin",
        "odoo.addons.base.models.ir_qweb",
    )
    def test_templates(self):
        editor = self._make_user("editor")
        partner = self.env.user.partner_id
        mixin = self.env["mail.render.mixin"].with_user(editor)
        keys = "object.env['mail.dkim.key'].sudo().search([])"
        expressions = [
            f"{keys}.{name}({arguments})"
            for name in self._list_methods("mail.dkim.key")
            for arguments in ("", "'acme.example'")
        ]
        expressions += [
            f"{keys}.mapped('private_key')",
            f"{keys}.mapped('is_usable')",
            f"object.env['ir.mail_server'].sudo()._sign(None, {keys})",
            "object.env.registry._store",
            "object.env.registry.caches",
            "object.env['ir.config_parameter'].sudo().get_param("
            "'mail_deliverability_key')",
            *_list_walks("object.env"),
        ]
        answers = 0
        for engine, form in ENGINES.items():
            for expression in expressions:
                with self.subTest(expression, engine=engine):
                    source = form % expression
                    found, refusal = self._attempt(
                        lambda source=source, engine=engine: mixin._render_template(
                            source, "res.partner", partner.ids, engine=engine
                        ),
                        UserError,
                    )
                    self._assert_no_secret(str(found), *self.fernet_secrets)
                    answers += refusal is None
        self.assertGreater(answers, 100)

    @mute_logger("odoo.addons.base.models.ir_actions", "odoo.tools.safe_eval")
    def test_server_actions(self):
        """The documented limit: they read what is stored, and no key of odoo.conf."""
        for name, code, refusal, expected in (
            (
                "what is stored",
                "raise UserError(str(env['mail.dkim.key'].sudo().search([])"
                ".mapped('private_key')))",
                UserError,
                encryption.PREFIX,
            ),
            (
                "the option",
                "from odoo.tools import config\nraise UserError(str(config))",
                ValidationError,
                "forbidden opcode",
            ),
            (
                "the store",
                "from odoo.addons.mail_deliverability.models.dkim import signing",
                ValidationError,
                "forbidden opcode",
            ),
            (
                "by its globals",
                "raise UserError(str(type(env['mail.dkim.key'])._activate"
                ".__globals__))",
                NameError,
                "forbidden name",
            ),
            (
                "by a function's globals",
                "raise UserError(str(env['mail.dkim.key']._activate.func_globals))",
                NameError,
                "forbidden name",
            ),
        ):
            with self.subTest(name):
                found, error = self._attempt(lambda code=code: self._run(code), refusal)
                self._assert_no_secret(found, *self.fernet_secrets)
                self.assertIs(error, refusal)
                self.assertIn(expected, found)

    @mute_logger("odoo.addons.base.models.ir_actions", "odoo.tools.safe_eval")
    def test_server_actions_that_walk(self):
        for expression in _list_walks("env"):
            with self.subTest(expression):
                code = f"raise UserError(str({expression}))"
                # The first is the answer, the others say that there is nothing.
                found, _error = self._attempt(
                    lambda code=code: self._run(code), UserError, ValueError, NameError
                )
                self._assert_no_secret(found, *self.fernet_secrets)

    @mute_logger("py.warnings")
    def test_what_format_reaches(self):
        roots = [
            getattr(self.env[model], name)
            for model in sorted(self.env)
            for name in self._list_methods(model)
        ]
        reached = [self._judge(value) for value in walk_like_format(roots)]
        self.assertGreater(len(reached), 1000)

    def _judge(self, value):
        self.assertNotIsInstance(value, (*KEY_TYPES, Fernet, MultiFernet))
        if isinstance(value, (str, bytes, Mapping, list, tuple)):
            self._assert_no_secret(str(value), *self.fernet_secrets)

    @mute_logger("py.warnings")
    def test_the_walk_goes_everywhere(self):
        """Else it would find nothing whatever is there."""
        method = self.keys._get_taken_selectors
        self.assertEqual(f"{GLOBALS}__name__}}".format(method), encryption.__name__)
        fernet = Fernet(FERNET_KEYS[0])
        roots = [method]
        for name, plant in (
            ("module", patch.object(encryption, "planted", fernet, create=True)),
            ("list", patch.object(encryption, "planted", [1, [fernet]], create=True)),
            ("closure", patch.object(encryption, "has_key", lambda: fernet)),
            ("default", patch.object(encryption, "has_key", lambda kept=fernet: kept)),
            ("text as key", patch.dict(encryption._kept, {"a": fernet})),
            ("number as key", patch.dict(encryption._kept, {0: fernet})),
            ("class", patch.object(encryption._Keys, "planted", fernet, create=True)),
            ("configuration", patch.dict(config._file_options, {"planted": fernet})),
        ):
            with self.subTest(name), plant:
                encryption.has_key.__module__ = encryption.__name__
                self.assertIn(fernet, walk_like_format(roots))

    def _run(self, code):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Leak",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "state": "code",
                "code": code,
            }
        )
        return action.run()

    def test_no_method_signs(self):
        """What leaves is signed; nobody can have other bytes signed."""
        for model in ("mail.dkim.key", "ir.mail_server", "mail.mail"):
            names = [name for name in self._list_methods(model) if "sign" in name]
            allowed = {
                "_compute_signs_itself",
                "_find_signing_facts",
                "_note_signing_provider",
                "_prepare_signing_keys",
            }
            self.assertLessEqual(set(names), allowed, model)

    def test_the_context_gives_nothing(self):
        """The key that once allowed to change what a key is."""
        key = self.active[0].with_context(mail_dkim_key_set_pair=True)
        for values in ({"public_key": "AAAA"}, {"algorithm": "rsa-4096"}):
            with self.subTest(values), self.assertRaises(UserError):
                key.sudo().write(values)


def _takes(call):
    """Whether a function takes the arguments of a ``partial``."""
    try:
        inspect.signature(call.func).bind(*call.args)
    except TypeError:
        return False
    return True


def _close(found):
    if inspect.iscoroutine(found):
        found.close()


@tagged("post_install", "-at_install")
class TestPrivateKeysElsewhere(SigningCase):
    """Sessions, logs, exceptions, and what is kept in memory."""

    def setUp(self):
        super().setUp()
        signing.forget()
        self.addCleanup(signing.forget)
        self._send()
        self.loaded = list(signing._store.values())
        self.secrets = [text for key in self.loaded for text in list_secrets(key)]

    def _assert_no_secret(self, text):
        for secret in self.secrets:
            self.assertNotIn(secret, text)
        self.assertNotRegex(text, PEM)

    def test_the_session(self):
        sessions = []
        servers = type(self.env["ir.mail_server"])
        connect = servers._connect__

        def note(*args, **kwargs):
            sessions.append(connect(*args, **kwargs))
            return sessions[-1]

        with patch.object(servers, "_connect__", note):
            self._send()
        (session,) = set(sessions)  # it is opened before Odoo asks for it
        self.assertTrue(get_facts(session).get_part(SigningFacts).keys)
        for value in vars(session).values():
            self.assertEqual(find_keys(value), [])
        self._assert_no_secret(repr(vars(session)))

    def test_text_forms(self):
        signer = Signer("acme.example", "s1", self.loaded[0])
        for found in (*self.loaded, signer, signing._store):
            self._assert_no_secret(f"{found!r} {found!s}")
        for found in (*self.loaded, signer):
            with self.subTest(type(found)), self.assertRaises(TypeError):
                pickle.dumps(found)
        with self.assertRaises(TypeError):
            copy.deepcopy(signer)
        active = signing.find_active_keys(self.env)
        self._assert_no_secret(repr(active))
        self._assert_no_secret(json.dumps(active, default=str))

    def test_logs(self):
        """At the level "debug", in which Odoo leaves its SQL out."""
        logger = logging.getLogger("odoo.sql_db")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.INFO)
        pem = make_pem(make_rsa(2048, 5))
        self.secrets += list_secrets(make_rsa(2048, 5))
        with self.assertLogs("odoo", level="DEBUG") as logs:
            made = self.keys.create(
                [
                    {"alias_domain_id": self.domain.id, "algorithm": "ed25519"},
                    {"alias_domain_id": self.domain.id, "private_key_import": pem},
                ]
            )
            made.action_check()
            made[1].action_activate_unchecked()
            self._send()
            made[0].sudo().private_key = "damaged"
            made.mapped("is_usable")
            made[0].action_revoke()
        self._assert_no_secret("\n".join(logs.output))

    def test_exceptions(self):
        """Also with the local variables that an error reporter sends along."""
        keys = signing.find_active_keys(self.env)
        for message in (b"no field\r\n\r\nBody", b"Subject: no author\r\n\r\nBody"):
            with self.subTest(message), self.assertRaises(PermError) as caught:
                signing.sign(self.cr, message, keys, 0)
            report = traceback.TracebackException.from_exception(
                caught.exception, capture_locals=True
            )
            self._assert_no_secret("".join(report.format()))

    def test_what_can_be_reached_from_the_environment(self):
        """With an alarm to raise after the commit, which knows the key."""
        env = self.env
        with mute_logger(f"{OURS}.models.dkim.mail_dkim_key"):
            self.ed_key.sudo().private_key = "damaged"
            self._send()
        waiting = list(env.cr.postcommit._funcs)
        functions = [getattr(one, "func", None) for one in waiting]
        self.assertIn(mail_dkim_key_alarm._tell_unusable, functions)
        for name, root in (
            ("context", env.context),
            ("registry", vars(env.registry)),
            ("postcommit", waiting),
            ("data of postcommit", env.cr.postcommit.data),
        ):
            with self.subTest(name):
                self.assertEqual(find_keys(root), [])


@tagged("post_install", "-at_install")
class TestPrivateKeysByRpc(HttpCase):
    """A client with each user's rights."""

    def test_rpc(self):
        domain = self.env["mail.alias.domain"].create({"name": "acme.example"})
        key = self.env["mail.dkim.key"].create(
            {"alias_domain_id": domain.id, "algorithm": "ed25519"}
        )
        secret = key.sudo().private_key.splitlines()[1]
        names = ["private_key", "private_key_import"]
        calls = (
            ("read", [key.ids, names]),
            ("read", [key.ids]),
            ("search_read", [[["private_key", "ilike", secret[:9]]]]),
            ("web_search_read", [[], {"private_key": {}}]),
            ("export_data", [key.ids, names]),
            ("copy", [key.ids]),
            ("name_search", [secret[:9]]),
            ("default_get", [names]),
            ("onchange", [key.ids, {}, names, dict.fromkeys(names, {})]),
            ("action_check", [key.ids]),
            ("action_rotate", [key.ids]),
            ("_get_active_keys", ["acme.example"]),
            ("_compute_is_usable", [key.ids]),
        )
        for name, group in GROUPS.items():
            if not group:
                continue  # /web/dataset wants a session
            login = f"rpc_{name}"
            new_test_user(self.env, login, group, password=login)
            self.authenticate(login, login)
            for method, arguments in calls:
                with self.subTest(method, user=name, arguments=arguments):
                    self.assertNotIn(secret, self._call(method, arguments))

    def _call(self, method, arguments):
        params = {"model": "mail.dkim.key", "method": method}
        params |= {"args": arguments, "kwargs": {}}
        try:
            with mute_logger("odoo.http", "odoo.models"):
                return json.dumps(
                    self.make_jsonrpc_request("/web/dataset/call_kw", params)
                )
        except JsonRpcException as error:
            return f"{error} {error.code}"
