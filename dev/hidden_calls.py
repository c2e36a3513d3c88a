# Copyright 2026 Mail Deliverability maintainers
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Count what imports don't show: calls by Odoo's registry, what travels unseen.

    python dev/hidden_calls.py [-v] [FOLDER]

A model's method can be called from any file, without an import. A file that calls a
method which this addon defines in another file depends on that file all the same; the
reader sees it only where it is imported. Such a dependence is a hidden edge here. It
goes to the file that defines the method first, in the order in which the files are
loaded; methods that Odoo or another module has already (their first definition of ours
calls ``super()``) make none.

Printed are

- hidden edges, and pairs of files that depend on each other, at least one way hidden;
- circles: files that all depend on each other, by hidden edges and by imports;
- context keys of the addon, and attributes that are set on an SMTP session, but for
  those that smtplib and Odoo's ``_connect__`` give it: they are known to all.
"""

import argparse
import ast
import smtplib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FOLDERS = ("models", "wizards")
KEY_PREFIX = "mail_deliverability_"
SESSIONS = {"session", "smtp_session"}
ODOO_ATTRIBUTES = {"from_filter", "smtp_from"}
# A test holds this addon to these.
MAX_PAIRS = 1
MAX_CIRCLE = 2
MAX_TRAVELLERS = 4
# Fields of Odoo that lead to models which this addon adds methods to.
ODOO_FIELDS = {
    "alias_domain_id": "mail.alias.domain",
    "company_id": "res.company",
    "mail_server_id": "ir.mail_server",
    "template_id": "mail.template",
    "user_id": "res.users",
}
# Abstract models of Odoo: their methods are those of many models.
ODOO_MIXINS = {"mail.thread", "mail.thread.blacklist", "mail.activity.mixin"}
# Methods of records that give records of the same model.
SAME_MODEL = """
    browse concat create exists filtered filtered_domain new search sorted sudo
    try_lock_for_update with_company with_context with_env with_prefetch with_user
""".split()


@dataclass
class Call:
    """A call ``receiver.name(...)``; and the receiver's model, None: not known."""

    name: str
    model: str | None
    line: int


@dataclass
class File:
    """A Python file: what it defines, imports and calls."""

    path: Path
    tree: ast.Module
    # (model, method): whether the method calls super().
    methods: dict[tuple[str, str], bool] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    mixins: set[str] = field(default_factory=set)


class Reader(ast.NodeVisitor):
    """Collect the methods of a file's models and its calls.

    :param fields: the model that each relational field of the addon leads to.
    """

    def __init__(self, file: File, fields: dict[str, str]):
        self.file = file
        self.fields = fields
        # The models of local variables, "" for an object of another kind.
        self.known = {}

    def visit_ClassDef(self, node):
        outer, model = self.known, _get_model(node)
        self.known = {"self": model or ""}
        for item in node.body:
            if model and isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                self.file.methods[model, item.name] = _calls_super(item)
        if any(getattr(base, "attr", "") == "AbstractModel" for base in node.bases):
            self.file.mixins.add(model)
        self.generic_visit(node)
        self.known = outer

    def visit_FunctionDef(self, node):
        outer, self.known = self.known, dict(self.known)
        self.generic_visit(node)
        self.known = outer

    def visit_Assign(self, node):
        self.generic_visit(node)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.known[node.targets[0].id] = self._find_model(node.value)

    def visit_For(self, node):
        if isinstance(node.target, ast.Name):
            self.known[node.target.id] = self._find_model(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node):
        if isinstance(node.target, ast.Name):
            self.known[node.target.id] = self._find_model(node.iter)
        self.generic_visit(node)

    def _visit_expression(self, node):
        # The loops of a comprehension come first: they name what the rest is about.
        for loop in node.generators:
            self.visit(loop)
        for name in ("elt", "key", "value"):
            if hasattr(node, name):
                self.visit(getattr(node, name))

    visit_ListComp = visit_SetComp = visit_GeneratorExp = _visit_expression
    visit_DictComp = _visit_expression

    def visit_Call(self, node):
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and not _is_super(function.value):
            model = self._find_model(function.value)
            if model != "":
                self.file.calls.append(Call(function.attr, model, node.lineno))

    def _find_model(self, node):
        """The model of an expression's records, None where it can't be told."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id)
        if isinstance(node, ast.Attribute):
            return self.fields.get(node.attr)
        if isinstance(node, ast.Subscript):
            if _names_env(node.value) and isinstance(node.slice, ast.Constant):
                return node.slice.value
            return self._find_model(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in SAME_MODEL:
                return self._find_model(node.func.value)
        return None


class House:
    """The files of an addon, and who depends on whom."""

    def __init__(self, root: Path):
        self.root = root
        paths = [path for name in FOLDERS for path in (root / name).rglob("*.py")]
        self.files = {
            path: File(path, ast.parse(path.read_text()))
            for path in sorted(paths)
            if path.name != "__init__.py"
        }
        fields = _list_fields(file.tree for file in self.files.values())
        for file in self.files.values():
            Reader(file, fields).visit(file.tree)

    def name(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    @cached_property
    def order(self) -> dict[Path, int]:
        """When each file is loaded."""
        found = [*_list_loaded(self.root), *self.files]
        return {path: number for number, path in reversed(list(enumerate(found)))}

    @cached_property
    def owners(self) -> dict[str, dict[str, Path]]:
        """Of each method of this addon the models that have it, and its first file."""
        owners = defaultdict(dict)
        foreign = set()
        for path in sorted(self.files, key=self.order.get):
            for (model, name), calls_super in self.files[path].methods.items():
                if (model, name) in foreign or name.startswith("__"):
                    continue
                if model not in owners[name] and calls_super:
                    foreign.add((model, name))
                else:
                    owners[name].setdefault(model, path)
        return owners

    @cached_property
    def mixins(self) -> set[str]:
        return ODOO_MIXINS.union(*(file.mixins for file in self.files.values()))

    @cached_property
    def imports(self) -> dict[Path, set[Path]]:
        return {
            path: set(_list_imported(path, file.tree)) & set(self.files) - {path}
            for path, file in self.files.items()
        }

    @cached_property
    def hidden(self) -> dict[tuple[Path, Path], list[Call]]:
        """The calls of each hidden edge."""
        edges = defaultdict(list)
        for path, file in self.files.items():
            for call in file.calls:
                for target in self._find_targets(path, call):
                    if target != path and target not in self.imports[path]:
                        edges[path, target].append(call)
        return edges

    def _find_targets(self, path: Path, call: Call) -> set[Path]:
        owners = self.owners.get(call.name, {})
        if call.model in owners:
            return {owners[call.model]}
        if call.model:
            owners = {model: owners[model] for model in owners.keys() & self.mixins}
        found = set(owners.values())
        # One of several models: the caller's own file is the likeliest.
        return set() if path in found else found

    @cached_property
    def graph(self) -> dict[Path, set[Path]]:
        graph = {path: set(targets) for path, targets in self.imports.items()}
        for source, target in self.hidden:
            graph[source].add(target)
        return graph

    @cached_property
    def pairs(self) -> list[tuple[Path, Path]]:
        """Two files that depend on each other, where an import does not show both."""
        found = {tuple(sorted(edge)) for edge in self.hidden}
        graph = self.graph
        return sorted((a, b) for a, b in found if a in graph[b] and b in graph[a])

    @cached_property
    def circles(self) -> list[list[Path]]:
        """Strongly connected files, the largest circle first."""
        reach = {path: _reach(self.graph, path) for path in self.graph}
        found = {
            tuple(sorted(other for other in reach[path] if path in reach[other]))
            for path in self.graph
        }
        return sorted((list(one) for one in found if len(one) > 1), key=len)[::-1]

    @cached_property
    def context_keys(self) -> set[str]:
        """The addon's own keys of a context: of Carried classes, and written out."""
        found = set()
        for file in self.files.values():
            for node in ast.walk(file.tree):
                found |= set(_list_context_keys(node))
        return found

    @cached_property
    def session_attributes(self) -> set[str]:
        """What is set on an SMTP session, by an assignment or by setattr."""
        found = set()
        for file in self.files.values():
            for node in ast.walk(file.tree):
                found |= set(_list_session_attributes(node))
        return found


def _get_model(node: ast.ClassDef) -> str | None:
    values = {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    value = values.get("_name") or values.get("_inherit")
    return value.value if isinstance(value, ast.Constant) else None


def _list_fields(trees) -> dict[str, str]:
    """The model that each relational field leads to; none where two disagree."""
    found = defaultdict(set)
    for name, model in ODOO_FIELDS.items():
        found[name].add(model)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and (model := _get_comodel(node.value)):
                found[getattr(node.targets[0], "id", "")].add(model)
    return {name: models.pop() for name, models in found.items() if len(models) == 1}


def _get_comodel(node) -> str | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in ("Many2one", "One2many", "Many2many"):
        return None
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    value = node.args[0] if node.args else named.get("comodel_name")
    return value.value if isinstance(value, ast.Constant) else None


def _is_super(node) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "super"
    )


def _calls_super(method) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == method.name
        and _is_super(node.value)
        for node in ast.walk(method)
    )


def _names_env(node) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name == "env"


def _list_loaded(root: Path):
    """Yield files in the order in which Odoo loads them."""
    todo = [root / name / "__init__.py" for name in FOLDERS]
    while todo:
        path = todo.pop(0)
        if path.name == "__init__.py" and path.exists():
            todo = [*_list_imported(path, ast.parse(path.read_text())), *todo]
        else:
            yield path


def _list_imported(path: Path, tree: ast.Module):
    """Yield the files that relative imports name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1]
            module = folder.joinpath(*(node.module or "").split("."))
            if module.with_suffix(".py").exists():
                yield module.with_suffix(".py")
            for alias in node.names:
                inner = module / alias.name
                for found in (inner.with_suffix(".py"), inner / "__init__.py"):
                    if found.exists():
                        yield found


def _list_context_keys(node):
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, ast.Assign) and _is_key(item.value):
                if any(getattr(target, "id", "") == "KEY" for target in item.targets):
                    yield item.value.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "with_context":
        for keyword in node.keywords:
            if keyword.arg and keyword.arg.startswith(KEY_PREFIX):
                yield keyword.arg
        for part in ast.walk(node):
            if isinstance(part, ast.Dict):
                yield from (key.value for key in part.keys if _is_key(key))
    of_context = getattr(node.func.value, "attr", "") == "context"
    if node.func.attr == "get" and of_context and node.args and _is_key(node.args[0]):
        yield node.args[0].value


def _list_session_attributes(node):
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        is_own = not hasattr(smtplib.SMTP, node.attr)
        is_own = is_own and node.attr not in ODOO_ATTRIBUTES
        if getattr(node.value, "id", "") in SESSIONS and is_own:
            yield node.attr
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
        target, name, _value = node.args
        if getattr(target, "id", "") in SESSIONS:
            yield ast.unparse(name)


def _is_key(node) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(KEY_PREFIX)
    )


def _reach(graph, start) -> set:
    seen, todo = {start}, [start]
    while todo:
        fresh = graph[todo.pop()] - seen
        seen |= fresh
        todo += fresh
    return seen


def is_within_limits(house: House) -> bool:
    """Whether all three figures are as small as they shall be."""
    return (
        len(house.pairs) <= MAX_PAIRS
        and all(len(circle) <= MAX_CIRCLE for circle in house.circles)
        and len(house.context_keys) + len(house.session_attributes) <= MAX_TRAVELLERS
    )


def report(house: House, verbose: bool) -> None:
    name = house.name
    pairs, circles = house.pairs, house.circles
    print(f"hidden edges: {len(house.hidden)}")
    if verbose:
        for (source, target), calls in sorted(house.hidden.items()):
            what = ", ".join(sorted({f"{call.name}:{call.line}" for call in calls}))
            print(f"  {name(source)} -> {name(target)}: {what}")
    print(f"mutual pairs: {len(pairs)} (at most {MAX_PAIRS})")
    for one, other in pairs:
        print(f"  {name(one)} <-> {name(other)}")
    sizes = ", ".join(str(len(one)) for one in circles) or "none"
    print(f"circles, in files: {sizes} (at most {MAX_CIRCLE})")
    for circle in circles:
        print("  " + ", ".join(map(name, circle)))
    travellers = len(house.context_keys) + len(house.session_attributes)
    print(f"context keys: {' '.join(sorted(house.context_keys))}")
    print(f"session attributes: {' '.join(sorted(house.session_attributes))}")
    print(f"both: {travellers} (at most {MAX_TRAVELLERS})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=Path(__file__).parents[1])
    parser.add_argument("-v", "--verbose", action="store_true", help="list the edges")
    chosen = parser.parse_args()
    report(House(Path(chosen.folder).resolve()), chosen.verbose)


if __name__ == "__main__":
    main()
