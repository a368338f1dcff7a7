"""Typed: a condition checked before it governs, by CEL's own checker over the types of the lexicon, and as a tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NoReturn

from cel_expr_python import cel
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2, timestamp_pb2

from fleet.core.complaint import refuse, say_type
from fleet.core.effort import PATTERN_MAX, pattern_steps
from fleet.core.expr import Expr
from fleet.core.lexicon import CALLS, NO_JOINS, SORTS, TEXT_MAX, VARIABLES, Word
from fleet.core.span import read_span
from fleet.errors import Unreadable

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
    "CreateStruct": [(1, "message_name", "string", 0), (2, "entries", "Entry", 1)],
    "Comprehension": [(1, "iter_var", "string", 0), (2, "iter_range", "Expr", 0), (4, "accu_init", "Expr", 0),
                      (5, "loop_condition", "Expr", 0), (6, "loop_step", "Expr", 0), (7, "result", "Expr", 0)],
    "Expr": [(2, "id", "int64", 0), (3, "const_expr", "Constant", 0), (4, "ident_expr", "Ident", 0),
             (5, "select_expr", "Select", 0), (6, "call_expr", "Call", 0), (7, "list_expr", "CreateList", 0),
             (8, "struct_expr", "CreateStruct", 0), (9, "comprehension_expr", "Comprehension", 0)],
    "Reference": [(1, "name", "string", 0), (3, "overload_id", "string", 1)],
    "RefEntry": [(1, "key", "int64", 0), (2, "value", "Reference", 0)],
    "Place": [(1, "key", "int64", 0), (2, "value", "int32", 0)],
    "SourceInfo": [(4, "positions", "Place", 1)],
    "Type": [(9, "message", "string", 0)],
    "TypeEntry": [(1, "key", "int64", 0), (2, "value", "Type", 0)],
    "Checked": [(2, "reference_map", "RefEntry", 1), (3, "type_map", "TypeEntry", 1), (4, "expr", "Expr", 0),
                (5, "source_info", "SourceInfo", 0)],
    "Packed": [(1, "type_url", "string", 0), (2, "value", "bytes", 0)],
}  # fmt: skip


@lru_cache(maxsize=10_000)
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
        refuse(text, str(exc))
    if checked.return_type().name() not in ("BOOL", "DYN"):
        gives = say_type(checked.return_type().name().replace("<", "(").replace(">", ")").lower())
        raise Unreadable(f"it gives {gives}, and a condition says yes or no", suggestions=("... == ...",))
    found = _tree(checked.serialize())
    if wrong := [told for node in found.walk() if (told := _wrong(text, node, found))]:
        raise Unreadable.of(wrong)
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
    sorts = {one.key: one.value.message.removeprefix("fleet.") for one in found.type_map}
    return _Reader(starts, forms, names, sorts).expr(found.expr)


class _Reader:
    """Turns CEL's own tree into ours."""

    def __init__(
        self,
        starts: dict[int, int],
        forms: dict[int, tuple[str, ...]],
        names: dict[int, str],
        sorts: dict[int, str],
    ) -> None:
        self._starts, self._forms, self._names, self._sorts = starts, forms, names, sorts

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
            of, whose = self._sorts.get(select.operand.id, ""), (self.expr(select.operand),)
            of = of if of in SORTS else ""
            return Expr("has" if select.test else "field", start, select.field, parts=whose, of=of)
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
            if named := one.struct_expr.message_name:
                why = f"a condition makes no {named.rpartition('.')[2]} of its own"
                raise Unreadable(why, start=start, end=start + len(named))
            return Expr(
                "map", start, parts=tuple(self.expr(p) for e in entries for p in (e.map_key, e.value))
            )
        each = one.comprehension_expr
        done = (each.iter_range, each.loop_condition, each.loop_step, each.result)
        return Expr("each", start, each.iter_var, parts=tuple(map(self.expr, done)))


# What no type says: names that must be known beforehand, and bounds.


def _wrong(text: str, node: Expr, whole: Expr) -> Unreadable | None:
    try:
        _bounded(text, node, whole)
    except Unreadable as exc:
        return exc
    return None


def _bounded(text: str, node: Expr, whole: Expr) -> None:
    if node.kind == "call" and node.name == "_+_":
        _summed(node)
    if node.kind == "each":
        if node.name in {word.name for word in VARIABLES}:
            at = text.find(node.name, node.start)
            why = f"{node.name!r} stands for something else here; call the entry otherwise, as `one`"
            raise Unreadable(why, start=max(at, 0), end=max(at, 0) + len(node.name))
        if node.deepest() == DEEPEST + 1:
            raise Unreadable(f"over {DEEPEST} lists inside one another", start=node.start, end=node.start + 1)
    if node.kind == "call" and node.name == "double" and "string_to_double" in node.forms:
        why = 'a text may read as "nan", with which no comparison is met'
        raise Unreadable(why, start=node.start - 6, end=node.start, suggestions=("int(..)",))
    if node.kind == "call" and node.name == "matches":
        _pattern(text, node)
    if node.kind == "call" and node.name in CLOCK and len(node.parts) > 1:
        _zone(text, node)
    if node.kind == "call" and node.name in ("span", "touches", *_TRIED):
        _constants(text, node)
    if node.kind == "call" and node.name in _COMPARES:
        _compared(text, node)
    asked = node.parts if node.name in ("_&&_", "_||_", "!_") else (node,) if node is whole else ()
    for part in filter(_is_number, asked):
        why = f"{part.name} is a number, and a condition says yes or no"
        tries = (f"{part.name} > 0",)
        raise Unreadable(why, start=part.start + 1, end=part.start + 1 + len(part.name), suggestions=tries)
    named = _named_parts(node)
    for part in node.parts:
        if part.kind == "name" and part.name in ("state", "metric") and part is not named:
            _by_name(part)
    if node is whole and node.kind == "name" and node.name in ("state", "metric"):
        _by_name(node)


def _summed(node: Expr) -> None:
    """Refuse a sum of what is no number; `map` and `filter` put their own lists together."""
    if any(part.kind == "name" and part.name == "@result" for part in node.parts):
        return
    if "add_list" in node.forms and len(node.forms) == 1:
        raise Unreadable("lists are not joined in a condition", start=node.start, end=node.start + 1)
    if len(node.forms) > 1:
        why, tries = "it is not known whether these are numbers", ("int(..) + ..", "double(..) + ..")
        raise Unreadable(why, start=node.start, end=node.start + 1, suggestions=tries)


def _pattern(text: str, node: Expr) -> None:
    """Bound what a pattern may take; one that comes from elsewhere could be anything."""
    last = node.parts[-1]
    at = text.find("matches", max(node.start - 8, 0))
    if last.kind != "const" or not isinstance(last.value, str):
        why = "a pattern stands in the rule itself, in quotes, so that it is known what it takes"
        raise Unreadable(why, start=max(at, 0), end=max(at, 0) + 7)
    steps = pattern_steps(last.value)
    if steps > PATTERN_MAX:
        why = f"the pattern may take {steps:,} steps for each sign, and {PATTERN_MAX:,} is the limit"
        raise Unreadable(why, start=last.start, end=last.start + len(last.value) + 2)


_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+)*|[+-](0\d|1[0-4]):[0-5]\d")


def _zone(text: str, node: Expr) -> None:
    """Keep a zone from naming a file: the library opens what is no name of a zone, and may wait there for good."""
    last = node.parts[-1]
    tries = ('"Europe/Berlin"',)
    if last.kind != "const" or not isinstance(last.value, str):
        at = text.find(node.name, max(node.start - len(node.name) - 1, 0))
        why = "a time zone stands in the rule itself, in quotes"
        raise Unreadable(why, start=max(at, 0), end=max(at, 0) + len(node.name), suggestions=tries)
    if not _ZONE.fullmatch(last.value) or last.value == "localtime":
        end = last.start + len(last.value) + 2
        raise Unreadable(f"{last.value!r} is not a time zone", start=last.start, end=end, suggestions=tries)


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
        what = {"duration": "a span as 90m or 26h", "timestamp": "an instant", "matches": "a pattern",
                **dict.fromkeys(CLOCK, "a time zone")}  # fmt: skip
        why = f"{said!r} is not {what.get(node.name, 'a span as `26h` or `30 days`')}"
        at = text.find(said, last.start)
        shapes = {"duration": 'span("30 days")', **dict.fromkeys(CLOCK, '"Europe/Berlin"')}
        tries = (shapes[node.name],) if node.name in shapes else ()
        raise Unreadable(why, start=max(at, 0), end=max(at, 0) + max(len(said), 1), suggestions=tries)


CLOCK = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours",
    "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
"""What an instant is asked for, each in a zone if one is named."""
_TRIED = {
    "duration": "duration({})",
    "timestamp": "timestamp({})",
    "matches": '"".matches({})',
    **{name: f'timestamp("2026-01-01T00:00:00Z").{name}({{}})' for name in CLOCK},
}
_ORDERS = ("_<_", "_<=_", "_>_", "_>=_")
_COMPARES = ("_==_", "_!=_", *_ORDERS)
_NUMBER = re.compile(r"\s*\$?([-+]?\$?[\d,]*\.?\d+)\s*%?\s*")


def _compared(text: str, node: Expr) -> None:
    """Refuse a number in quotes, which is a text: to put it beside a number would fail each time."""
    for part, other in (node.parts, node.parts[::-1]):
        said = part.value if part.kind == "const" else None
        beside = _is_number(other)
        if not isinstance(said, str | bool):
            continue
        quoted = isinstance(said, str) and (beside or node.name in _ORDERS or _is_plain(other, said))
        number = _NUMBER.fullmatch(str(said)) if quoted else None
        if not (number or beside):
            continue
        shown = f'"{said}"' if isinstance(said, str) else str(said).lower()
        why = f"{shown} is a text, and a number stands without quotes"
        if number is None:
            why = f"{other.name} is a number, and {shown} is none"
        end = part.start + len(shown)
        tries = (number[1].replace("$", "").replace(",", ""),) if number else ()
        raise Unreadable(why, start=part.start, end=min(end, len(text)), suggestions=tries)


def _is_plain(node: Expr, said: str) -> bool:
    """Say whether a metric is put beside a text that would be read as a number where a seat reports it."""
    owner = node.parts[0] if node.kind == "call" and node.name == "_[_]" else None
    named = owner is not None and (owner.kind, owner.name) == ("name", "metric")
    return named and re.fullmatch(r"[-+]?\d+(\.\d+)?", said) is not None


def _is_number(node: Expr) -> bool:
    words = SORTS.get(node.of, ()) if node.kind == "field" else ()
    return any(word.name == node.name and word.sort == "number" for word in words)


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" if c in '"\\\n\r' else c for c in text) + '"'
