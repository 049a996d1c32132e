"""Edits of the spec's text that make it accept a difference, so that everything else stays as it is written.

Rule of this file: one edit at a time, on text that was parsed just before; an edit made twice changes nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from omni._operations.difference import Difference
from omni._operations.drift import WITHHELD, redact_name, type_name

_SEEN = "Seen in a response; meaning not documented. [SEEN]"

T = TypeVar("T")
Pair = tuple[Node, Node]


class NoPlaceError(Exception):
    """The spec has no place for the difference, or it is not known what to write there."""


def accept(text: str, template: str, method: str | None, difference: Difference, seen: list[Any]) -> str:
    """The text of a spec that accepts the difference, of which these values were seen.

    NoPlaceError if only a person can write it.
    """
    if WITHHELD in difference.detail or WITHHELD in difference.path:
        raise NoPlaceError
    spec = _Spec(text)
    success = spec.success(template, method)
    parent, _, key = difference.path.rpartition(".")
    match difference.kind:
        case "unknown key":
            return spec.add_property(spec.at(success, parent), key, difference.detail, seen)
        case "missing key":
            text = spec.remove_requirement(spec.at(success, parent), key)
            spec = _Spec(text)
            with suppress(NoPlaceError):  # a key may be required that is described nowhere
                text = spec.add_type(spec.at(spec.success(template, method), difference.path), "null")
            return text
        case "wrong format":
            return spec.remove_format(spec.at(success, difference.path))
        case "wrong type":
            return spec.add_type(spec.at(success, difference.path), difference.detail)
        case _:
            return spec.add_enum_value(spec.at(success, difference.path), difference.detail)


def steps(path: str) -> list[str]:
    """The keys of a difference's path, and ``[]`` for each element of an array."""
    return re.findall(r"\[\]|[^.\[\]]+", path)


class _Spec:
    """The text of a spec and its YAML nodes, which know their places in the text; each edit returns a new text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, yaml.SafeLoader) or ScalarNode("", "")

    def success(self, template: str, method: str | None) -> Node:
        """The schema of an operation's success, as ``tools/contract.py`` picks it."""
        operations = _pairs(_value(self.root, "paths", template))
        operation = _first(
            value
            for key, value in operations
            if _pair(value, "responses") and key.value == (method or key.value).lower()
        )
        response = _first(
            value
            for status, value in _pairs(_value(operation, "responses"))
            if status.value.startswith("2") and _pair(value, "content")
        )
        return _value(response, "content", "application/json", "schema")

    def at(self, schema: Node, path: str) -> Node:
        """The schema of what a difference's path leads to."""
        for step in steps(path):
            if step == "[]":
                schema = _first(self.find(schema, "items"))[1]
            else:
                properties = (pair for _, mapping in self.find(schema, "properties") for pair in _pairs(mapping))
                schema = _first(value for key, value in properties if key.value == step)
        return schema

    def forms(self, schema: Node) -> Iterator[Node]:
        """The schemas behind references and ``anyOf``."""
        if reference := _pair(schema, "$ref"):
            yield from self.forms(_value(self.root, *reference[1].value.split("/")[1:]))
        elif options := _pair(schema, "anyOf"):
            for option in options[1].value:
                yield from self.forms(option)
        else:
            yield schema

    def find(self, schema: Node, key: str) -> Iterator[Pair]:
        """The key and its value in each of the schema's forms that has it."""
        return (pair for form in self.forms(schema) if (pair := _pair(form, key)))

    def add_property(self, schema: Node, key: str, kind: str, seen: list[Any]) -> str:
        """A new property, at the end of the others; objects in it become schemas of their own."""
        properties = _first(self.find(schema, "properties"))[1]
        if known := _pair(properties, key):
            return self.add_type(known[1], kind)
        named: dict[str, Any] = {}
        self.text = self.insert(properties, {key: _shape(seen, self.name_of(schema) + _capitalised(key), named)})
        schemas = _value(_Spec(self.text).root, "components", "schemas")
        return self.insert(schemas, named, gap="\n") if named else self.text

    def name_of(self, schema: Node) -> str:
        """The name of the schema that a property is added to; empty if it has none."""
        schemas = _pairs(_value(self.root, "components", "schemas"))
        owners = [name.value for name, value in schemas for form in self.forms(schema) if value is form]
        return owners[0] if owners else ""

    def insert(self, mapping: Node, new: dict[str, Any], gap: str = "") -> str:
        """A block mapping with more at its end."""
        if _is_flow(mapping):
            raise NoPlaceError
        end = self.text.index("\n", _end(mapping, self.text)) + 1
        lines = [gap + "\n".join(_block({key: value}, mapping.start_mark.column)) for key, value in new.items()]
        return self.replace(end, end, "\n".join(lines) + "\n")

    def add_enum_value(self, schema: Node, value: str) -> str:
        """One more value of an enum."""
        return self.append(_first(self.find(schema, "enum"))[1], value)

    def add_type(self, schema: Node, seen: str) -> str:
        """One more type, beside those that the schema has."""
        if any(_allows(form, seen) for form in self.forms(schema)):
            return self.text
        if options := _pair(schema, "anyOf"):
            inline = [option for option in options[1].value if _pair(option, "type")]
            return self.add_type((inline or options[1].value)[0], seen)
        if reference := _pair(schema, "$ref"):
            return self.add_option(schema, reference, seen)
        key, types = _first(pair for pair in _pairs(schema) if pair[0].value == "type")
        if isinstance(types, SequenceNode):
            text = self.append(types, seen)
        else:
            start, end = types.start_mark.index, types.end_mark.index
            text = self.replace(start, end, f"[{self.text[start:end]}, {_scalar(seen)}]")
        if seen == "array" and not _pair(schema, "items"):  # the generator takes no array without
            start, gap = key.start_mark.index, ", " if _is_flow(schema) else "\n" + " " * key.start_mark.column
            text = f"{text[:start]}items: {{}}{gap}{text[start:]}"
        return text

    def add_option(self, schema: Node, reference: Pair, seen: str) -> str:
        """``anyOf`` the schema that is referred to and the type."""
        start, end = reference[0].start_mark.index, reference[1].end_mark.index
        pad = "\n" + " " * reference[0].start_mark.column
        old, new = self.text[start:end], f"type: {_scalar(seen)}"
        if seen == "array":
            new += ", items: {}" if _is_flow(schema) else f"{pad}    items: {{}}"
        options = f" [{{{old}}}, {{{new}}}]" if _is_flow(schema) else f"{pad}  - {old}{pad}  - {new}"
        return self.replace(start, end, f"anyOf:{options}")

    def remove_requirement(self, schema: Node, name: str) -> str:
        """The key may be missing."""
        for key, names in self.find(schema, "required"):
            others = [node.value for node in names.value if node.value != name]
            if not others:
                return self.remove(next(form for form in self.forms(schema) if _pair(form, "required")), "required")
            if len(others) < len(names.value):
                new = f"required: [{', '.join(map(_scalar, others))}]"
                return self.replace(key.start_mark.index, _end(names, self.text), new)
        return self.text

    def remove_format(self, schema: Node) -> str:
        """The text need not be in the format."""
        form = next((form for form in self.forms(schema) if _pair(form, "format")), None)
        return self.remove(form, "format") if form else self.text

    def remove(self, mapping: Node, key: str) -> str:
        """Without the key: up to the next one, or from the end of the one before."""
        pairs = _pairs(mapping)
        place = [name.value for name, _ in pairs].index(key)
        if place + 1 < len(pairs):
            return self.replace(pairs[place][0].start_mark.index, pairs[place + 1][0].start_mark.index, "")
        if not place:
            raise NoPlaceError
        return self.replace(_end(pairs[place - 1][1], self.text), _end(pairs[place][1], self.text), "")

    def append(self, sequence: Node, value: str) -> str:
        """The sequence with one more value, in its style."""
        if value in [node.value for node in sequence.value]:
            return self.text
        end = _end(sequence.value[-1], self.text)
        if _is_flow(sequence):
            return self.replace(end, end, f", {_scalar(value)}")
        end = self.text.index("\n", end)
        return self.replace(end, end, f"\n{' ' * sequence.start_mark.column}- {_scalar(value)}")

    def replace(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]


def _pairs(node: Node) -> list[Pair]:
    return node.value if isinstance(node, MappingNode) else []


def _pair(node: Node, key: str) -> Pair | None:
    return next((pair for pair in _pairs(node) if pair[0].value == key), None)


def _value(node: Node, *keys: str) -> Node:
    for key in keys:
        node = _first(value for name, value in _pairs(node) if name.value == key)
    return node


def _first(candidates: Iterable[T]) -> T:
    for candidate in candidates:
        return candidate
    raise NoPlaceError


def _allows(form: Node, seen: str) -> bool:
    types = _pair(form, "type")
    if types is None:
        return True
    names = [node.value for node in types[1].value] if isinstance(types[1], SequenceNode) else [types[1].value]
    return seen in names or (seen == "integer" and "number" in names)


def _is_flow(node: Node) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _end(node: Node, text: str) -> int:
    """Where the node ends; for blocks, PyYAML says where the next thing begins."""
    while isinstance(node, SequenceNode | MappingNode) and not _is_flow(node):
        node = node.value[-1] if isinstance(node, SequenceNode) else node.value[-1][1]
    return len(text[: node.end_mark.index].rstrip())


def _shape(seen: list[Any], name: str, named: dict[str, Any]) -> dict[str, Any]:
    """A schema for what was seen, of names and types alone; its objects are put under names of their own."""
    values = [value for value in seen if value is not None]
    schema: dict[str, Any] = {"description": _SEEN}
    keys = {key: redact_name(key) for value in values if isinstance(value, dict) for key in value}
    if not values or WITHHELD in keys.values():
        return schema
    if keys and all(isinstance(value, dict) for value in values):
        inner = {key: [value[key] for value in values if key in value] for key in keys}
        fields = {key: _shape(found, name + _capitalised(key), named) for key, found in inner.items()}
        named[name] = {"type": "object", "description": _SEEN, "properties": fields}
        return schema | {"anyOf": [{"$ref": f"#/components/schemas/{name}"}, {"type": "null"}]}
    schema["type"] = [*dict.fromkeys(type_name(value) for value in values), "null"]
    if all(isinstance(value, list) for value in values):
        items = _shape([item for value in values for item in value], name, named)
        items.pop("description")
        return schema | {"items": items["anyOf"][0] if "anyOf" in items else items}
    return schema


def _block(value: dict[str, Any], column: int) -> list[str]:
    """A mapping as lines of YAML, in the style of the spec."""
    pad, lines = " " * column, []
    for key, each in value.items():
        if isinstance(each, dict) and not ({"$ref", "type"} & each.keys() and "description" not in each):
            lines += [f"{pad}{_scalar(key)}:", *_block(each, column + 2)] if each else [f"{pad}{_scalar(key)}: {{}}"]
        elif isinstance(each, list) and isinstance(each[0], dict):
            lines += [f"{pad}{key}:", *(f"{pad}  - {_inline(form)[1:-1]}" for form in each)]
        else:
            lines.append(f"{pad}{_scalar(key)}: {_inline(each)}")
    return lines


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_inline(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value) if value.startswith("#") else value if value == _SEEN else _scalar(value)


def _capitalised(key: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.findall(r"[A-Za-z0-9]+", key))


def _scalar(value: str) -> str:
    """The text as YAML, in quotes where it would be something else without them."""
    return value if yaml.safe_load(value) == value else json.dumps(value)
