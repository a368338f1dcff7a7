"""Typed: a condition checked before it governs, by CEL's own checker over the types of the lexicon, and as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NoReturn

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2, timestamp_pb2

from fleet.core.expr import Expr
from fleet.core.lexicon import CALLS, SORTS, TEXT_MAX, VARIABLES, Word
from fleet.core.read import key
from fleet.core.span import read_span
from fleet.errors import Unreadable

NO_JOINS = """\
name: fleet
stdlib:
  exclude_functions:
  - name: "_+_"
    overloads: [{id: add_string}, {id: add_bytes}, {id: add_list}]
"""
"""Texts and lists are not joined: doubled often enough, they would fill any memory."""
SUMS = frozenset(("add_int64", "add_double", "add_uint64"))
DEEPEST = 3
"""Macros inside one another."""

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {"text": _FIELD.TYPE_STRING, "yes or no": _FIELD.TYPE_BOOL, "texts": _FIELD.TYPE_STRING}
_MESSAGES = {
    "number": ".google.protobuf.Value",  # whole or not: CEL asks at the moment of judging
    "instant": ".google.protobuf.Timestamp",
    "map": ".google.protobuf.Struct",
    **{sort: f".fleet.{sort}" for sort in SORTS},
}
_MANY = ("texts", "items", "claims", "letters")
_EXPR = {  # cel.expr.Expr, as far as it is read here: message -> (number, field, type, repeated)
    "Constant": [(2, "yes", "bool", 0), (3, "whole", "int64", 0), (4, "unsigned", "uint64", 0),
                 (5, "real", "double", 0), (6, "text", "string", 0), (7, "raw", "bytes", 0)],
    "Ident": [(1, "name", "string", 0)],
    "Select": [(1, "operand", "Expr", 0), (2, "field", "string", 0), (3, "test", "bool", 0)],
    "Call": [(1, "target", "Expr", 0), (2, "function", "string", 0), (3, "args", "Expr", 1)],
    "CreateList": [(1, "elements", "Expr", 1)],
    "Entry": [(3, "map_key", "Expr", 0), (4, "value", "Expr", 0)],
    "CreateStruct": [(2, "entries", "Entry", 1)],
    "Comprehension": [(1, "iter_var", "string", 0), (2, "iter_range", "Expr", 0), (4, "accu_init", "Expr", 0),
                      (5, "loop_condition", "Expr", 0), (6, "loop_step", "Expr", 0), (7, "result", "Expr", 0)],
    "Expr": [(2, "id", "int64", 0), (3, "const_expr", "Constant", 0), (4, "ident_expr", "Ident", 0),
             (5, "select_expr", "Select", 0), (6, "call_expr", "Call", 0), (7, "list_expr", "CreateList", 0),
             (8, "struct_expr", "CreateStruct", 0), (9, "comprehension_expr", "Comprehension", 0)],
    "Reference": [(1, "name", "string", 0), (3, "overload_id", "string", 1)],
    "RefEntry": [(1, "key", "int64", 0), (2, "value", "Reference", 0)],
    "Place": [(1, "key", "int64", 0), (2, "value", "int32", 0)],
    "SourceInfo": [(4, "positions", "Place", 1)],
    "Checked": [(2, "reference_map", "RefEntry", 1), (4, "expr", "Expr", 0), (5, "source_info", "SourceInfo", 0)],
    "Packed": [(1, "type_url", "string", 0), (2, "value", "bytes", 0)],
}  # fmt: skip


def tree(text: str) -> Expr:
    """Check a condition and give it as a tree. Raises Unreadable with the offsets of what is wrong in it.

    >>> tree('state["pulse"].items.exists(i, i.kind == "at-risk")').kind
    'each'
    """
    if len(text) > TEXT_MAX:
        raise Unreadable(f"it has {len(text):,} characters, and {TEXT_MAX:,} is the limit", start=TEXT_MAX)
    try:
        checked = _environment().compile(text)
    except RuntimeError as exc:
        _refuse(text, str(exc))
    if checked.return_type().name() not in ("BOOL", "DYN"):
        gives = _say_type(checked.return_type().name().replace("<", "(").replace(">", ")").lower())
        raise Unreadable(f"it gives {gives}, and a condition says yes or no", suggestions=("... == ...",))
    found = _tree(checked.serialize())
    for node in found.walk():
        _bounded(text, node, found)
    return found


@cache
def _environment() -> cel.Env:
    pool = descriptor_pool.DescriptorPool()
    for module in (struct_pb2, timestamp_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="fleet.proto", package="fleet", syntax="proto3")
    file.dependency.extend(("google/protobuf/struct.proto", "google/protobuf/timestamp.proto"))
    for sort, words in SORTS.items():
        message = file.message_type.add(name=sort)
        for number, word in enumerate(words, 1):
            many = _FIELD.LABEL_REPEATED if word.sort in _MANY else _FIELD.LABEL_OPTIONAL
            field = message.field.add(name=word.name, number=number, label=many)
            field.type = _SCALARS.get(word.sort, _FIELD.TYPE_MESSAGE)
            if word.sort in _MESSAGES:
                field.type_name = _MESSAGES[word.sort]
    pool.AddSerializedFile(file.SerializeToString())
    return cel.NewEnv(
        pool,
        config=cel.NewEnvConfigFromYaml(NO_JOINS),
        variables={word.name: _type(word) for word in VARIABLES},
        functions=_functions(),
    )


def _type(word: Word) -> cel.Type:
    one = cel.Type
    plain = {"text": one.STRING, "instant": one.TIMESTAMP, "metrics": one.Map(one.STRING, one.DYN)}
    if word.sort in plain:
        return plain[word.sort]
    if word.sort == "states":
        return one.Map(one.STRING, one("fleet.state"))
    return one.List(one(f"fleet.{word.sort}")) if word.sort in _MANY else one(f"fleet.{word.sort}")


def _functions() -> Sequence[cel.FunctionDecl]:
    one, over = cel.Type, cel.Overload
    touches = [
        over(f"touches_{end}", one.BOOL, [one.STRING, one.STRING, within])
        for end, within in (("text", one.STRING), ("span", one.DURATION))
    ]
    age = [
        over(f"age_{end}", one.DURATION, [of])
        for end, of in (("instant", one.TIMESTAMP), ("state", one("fleet.state")))
    ]
    span = [over("span_text", one.DURATION, [one.STRING])]
    overloads = {"touches": touches, "age": age, "span": span}
    return [cel.FunctionDecl(call.name, overloads[call.name]) for call in CALLS]


# What CEL's checker says, said so that it helps.

_SAYS = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_SAID = {
    "string": "text", "int": "a whole number", "uint": "a whole number", "double": "a number", "bool": "yes or no",
    "google.protobuf.timestamp": "an instant", "google.protobuf.duration": "a span", "timestamp": "an instant",
    "duration": "a span", "dyn": "anything", "null": "null", "bytes": "bytes", "list": "a list", "map": "a map",
    "fleet.action": "the action", "fleet.state": "a state", "fleet.items": "an item", "fleet.claims": "a claim",
    "fleet.letters": "a message", "google.protobuf.struct": "a map",
}  # fmt: skip
_INSTEAD = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "=": "==",
    "<>": "!=",
    "is": "==",
    "none": "null",
    "true": "true",
}
_TOKEN = re.compile(r"[A-Za-z_]\w*|\"[^\"\n]*\"|'[^'\n]*'|[<>=!&|]+|\S|$")


def _refuse(text: str, says: str) -> NoReturn:
    match = _SAYS.search(says)
    if match is None:
        raise Unreadable(says.partition(" [")[0].partition(": ")[2].lower() or says)
    lines = text.split("\n")
    line, column = int(match[1]), int(match[2])
    start = min(sum(len(one) + 1 for one in lines[: line - 1]) + column - 1, len(text))
    why, start, tries = _worded(text, match[3].partition(" [")[0], start)
    token = _TOKEN.match(text, start)
    end = max(token.end() if token else start, min(start + 1, len(text)))
    raise Unreadable(why, start=start, end=end, suggestions=tries)


def _worded(text: str, says: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    if match := re.match(r"undefined field '(.+)' not found in struct '(?:fleet\.)?(.+)'", says):
        words = [word.name for word in SORTS[match[2]]]
        what = _SAID[f"fleet.{match[2]}"]
        at = text.find(match[1], start)
        return f"{what} has no {match[1]}; it has {', '.join(words)}", at, key.close(match[1], words)
    if match := re.match(r"undeclared reference to '(.+?)'", says):
        return _undeclared(text, match[1].partition(".")[0], start)
    if match := re.match(r"found no matching overload for '(.+)' applied to '(.*)'", says):
        return _mismatched(text, match[1], match[2], start)
    if "mismatched input '<EOF>'" in says or "extraneous input '<EOF>'" in says:
        return "it is not finished", len(text.rstrip()), ()
    token = _TOKEN.match(text, start)
    said = token[0] if token is not None else ""
    before = re.search(r"\bnot\s+$", text[:start])
    if before is not None:
        start, said = before.start(), "not"
    known = _INSTEAD.get(said.lower())
    return f"{said or 'this'!r} cannot stand here", start, (known,) if known else ()


def _undeclared(text: str, name: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    at = start if text.startswith(name, start) else text.rfind(name, 0, start + 1)
    at = at if at >= 0 else start
    called = text[at + len(name) :].lstrip().startswith("(")
    known = [call.name for call in CALLS] if called else [word.name for word in VARIABLES]
    instead = _INSTEAD.get(name.lower())
    what = "function" if called else "word"
    return (
        f"{name!r} is no {what} of a condition; there {'are' if called else 'is'} {', '.join(known)}",
        at,
        (instead,) if instead else key.close(name, known),
    )


def _mismatched(text: str, function: str, types: str, start: int) -> tuple[str, int, tuple[str, ...]]:
    sign = function.strip("_@").replace("_", "") or function
    said = [_say_type(one) for one in _split(types)]
    if function == "_+_" and "text" in said:
        return "texts are not joined in a condition", start, ()
    at = start
    if re.match(r"\w", sign) and not text.startswith(sign, start):
        at = max(text.rfind(sign, 0, start), 0)
    if sign in ("&&", "||", "!"):
        return f"{sign} wants yes or no, not {' and '.join(said)}", at, ()
    if len(said) == 2 and not re.match(r"\w", sign):
        hint = ("write 1.0, not 1",) if {"a number", "a whole number"} == set(said) else ()
        return f"{sign} cannot put {said[0]} beside {said[1]}", at, hint
    shapes = tuple(call.shape for call in CALLS if call.name == sign)
    return f"{sign} does not take {', '.join(said) or 'nothing'}", at, shapes


def _split(types: str) -> Iterator[str]:
    depth, one = 0, ""
    for sign in types.removeprefix("(").removesuffix(")") + ",":
        depth += (sign in "(<") - (sign in ")>")
        if sign == "," and depth <= 0:
            if one.strip():
                yield one.strip()
            one = ""
        else:
            one += sign


def _say_type(name: str) -> str:
    name = name.removeprefix("wrapper(").removesuffix(")") if name.startswith("wrapper(") else name
    inner = re.match(r"(list|map)\((.*)\)$", name)
    if inner and inner[1] == "list":
        return f"a list of {_say_type(inner[2]).removeprefix('a ').removeprefix('an ')}s"
    return "a map" if inner else _SAID.get(name.lower(), name)


# The tree.


@cache
def _checked() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="expr.proto", package="x", syntax="proto3")
    for name, fields in _EXPR.items():
        message = file.message_type.add(name=name)
        for number, field, kind, many in fields:
            label = _FIELD.LABEL_REPEATED if many else _FIELD.LABEL_OPTIONAL
            one = message.field.add(name=field, number=number, label=label)
            if kind[0].isupper():
                one.type, one.type_name = _FIELD.TYPE_MESSAGE, f".x.{kind}"
            else:
                one.type = getattr(_FIELD, f"TYPE_{kind.upper()}")
                if not many and name == "Constant":
                    one.proto3_optional = True
                    one.oneof_index = len(message.oneof_decl)
                    message.oneof_decl.add(name=f"_{field}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    classes = (pool.FindMessageTypeByName(f"x.{name}") for name in ("Packed", "Checked"))
    packed, checked = (message_factory.GetMessageClass(one) for one in classes)
    return packed, checked


def _tree(raw: bytes) -> Expr:
    packed, checked = _checked()
    found = checked.FromString(packed.FromString(raw).value)
    starts = {one.key: one.value for one in found.source_info.positions}
    forms = {one.key: tuple(one.value.overload_id) for one in found.reference_map}
    names = {one.key: one.value.name for one in found.reference_map}
    return _Reader(starts, forms, names).expr(found.expr)


class _Reader:
    """Turns CEL's own tree into ours."""

    def __init__(
        self, starts: dict[int, int], forms: dict[int, tuple[str, ...]], names: dict[int, str]
    ) -> None:
        self._starts, self._forms, self._names = starts, forms, names

    def expr(self, one: Any) -> Expr:
        start = self._starts.get(one.id, 0)
        if one.HasField("const_expr"):
            const = one.const_expr
            value = next((getattr(const, f) for _, f, _, _ in _EXPR["Constant"] if const.HasField(f)), None)
            return Expr("const", start, value=value)
        if one.HasField("ident_expr"):
            return Expr("name", start, self._names.get(one.id) or one.ident_expr.name)
        if one.HasField("select_expr"):
            select = one.select_expr
            return Expr(
                "has" if select.test else "field", start, select.field, parts=(self.expr(select.operand),)
            )
        if one.HasField("call_expr"):
            call = one.call_expr
            dotted = call.HasField("target")
            target = (self.expr(call.target),) if dotted else ()
            parts = (*target, *map(self.expr, call.args))
            return Expr("call", start, call.function, None, parts, self._forms.get(one.id, ()), dotted)
        if one.HasField("list_expr"):
            return Expr("list", start, parts=tuple(map(self.expr, one.list_expr.elements)))
        if one.HasField("struct_expr"):
            entries = one.struct_expr.entries
            return Expr(
                "map", start, parts=tuple(self.expr(p) for e in entries for p in (e.map_key, e.value))
            )
        each = one.comprehension_expr
        done = (each.iter_range, each.loop_condition, each.loop_step, each.result)
        return Expr("each", start, each.iter_var, parts=tuple(map(self.expr, done)))


# What no type says: names that must be known beforehand, and bounds.


def _bounded(text: str, node: Expr, whole: Expr) -> None:
    if node.kind == "call" and node.name == "_+_" and len(node.forms) > 1:
        why = "it is not known whether these are numbers"
        raise Unreadable(
            why, start=node.start, end=node.start + 1, suggestions=("int(..) + ..", "double(..) + ..")
        )
    if node.kind == "each":
        if node.name in {word.name for word in VARIABLES}:
            at = text.find(node.name, node.start)
            why = f"{node.name!r} stands for something else here; call the entry otherwise, as `one`"
            raise Unreadable(why, start=max(at, 0), end=max(at, 0) + len(node.name))
        if node.deepest() > DEEPEST:
            raise Unreadable(f"over {DEEPEST} lists inside one another", start=node.start, end=node.start + 1)
    if node.kind == "call" and node.name in ("duration", "span", "touches", "timestamp", "matches"):
        _constants(text, node)
    named = _named_parts(node)
    for part in node.parts:
        if part.kind == "name" and part.name in ("state", "metric") and part is not named:
            _by_name(part)
    if node is whole and node.kind == "name" and node.name in ("state", "metric"):
        _by_name(node)


def _by_name(node: Expr) -> NoReturn:
    shape = 'state["pulse"]' if node.name == "state" else 'metric["pulse.clients_green"]'
    why = f"{node.name} is asked by a name in quotes, so that it is known beforehand what the rule needs"
    raise Unreadable(why, start=node.start, end=node.start + len(node.name), suggestions=(shape,))


def _named_parts(node: Expr) -> Expr | None:
    """Give the `state` or `metric` that a node asks by a constant name."""
    if node.kind in ("field", "has") and node.parts[0].kind == "name":
        return node.parts[0]
    indexed = node.kind == "call" and node.name == "_[_]" and len(node.parts) == 2
    if indexed and node.parts[0].kind == "name" and node.parts[1].kind == "const":
        return node.parts[0]
    return None


def _constants(text: str, node: Expr) -> None:
    """Try what a text must be read as already now: it would fail each time the rule is asked."""
    last = node.parts[-1] if node.parts else None
    if last is None or last.kind != "const" or not isinstance(last.value, str):
        return
    said = last.value
    try:
        if node.name in ("span", "touches"):
            read_span(said)
            return
        value = _environment().compile(_TRIED[node.name].format(_quoted(said))).eval()
        wrong = value.type().name() == "ERROR"
    except (Unreadable, RuntimeError):
        wrong = True
    if wrong:
        what = {"duration": "a span as 90m or 26h", "timestamp": "an instant", "matches": "a pattern"}
        why = f"{said!r} is not {what.get(node.name, 'a span as `26h` or `30 days`')}"
        at = text.find(said, last.start)
        tries = ('span("30 days")',) if node.name == "duration" else ()
        raise Unreadable(why, start=max(at, 0), end=max(at, 0) + max(len(said), 1), suggestions=tries)


_TRIED = {"duration": "duration({})", "timestamp": "timestamp({})", "matches": '"".matches({})'}


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" if c in '"\\\n\r' else c for c in text) + '"'


def needs(condition: Expr) -> dict[str, tuple[int, int]]:
    """Name what a condition must be told, with the offsets at which it asks for it first.

    These are `state SEAT`, `metric SEAT.NAME`, mail, claims, touches, now, about.

    >>> list(needs(tree('touches(action.about, "pulse", "7d") && state["dash"].items.size() > 0')))
    ['touches', 'about', 'state dash']
    """
    found: dict[str, tuple[int, int]] = {}
    for node in condition.walk():
        need, at, name = _need(node)
        if need:
            found.setdefault(need, (at, at + len(name)))
    return found


def _need(node: Expr) -> tuple[str, int, str]:
    """Name what one node asks for, where its name begins, and the name."""
    if node.kind == "name" and node.name in ("mail", "claims", "now"):
        return node.name, node.start, node.name
    if node.kind == "call" and node.name in ("touches", "age"):
        return ("touches" if node.name == "touches" else "now"), node.start, node.name
    owner = node.parts[0].name if node.parts and node.parts[0].kind == "name" else ""
    if node.kind in ("field", "has"):
        if (owner, node.name) == ("action", "about"):
            return "about", node.start + 1, "about"
        return (f"{owner} {node.name}" if owner in _NAMED else ""), node.start + 1, node.name
    if node.kind == "call" and node.name == "_[_]" and owner in _NAMED:
        name = str(node.parts[1].value)
        return f"{owner} {name}", node.parts[1].start + 1, name
    return "", 0, ""


_NAMED = ("state", "metric")
