"""A draft of the spec that accepts what was seen: edits of its text, so that everything else stays as it is written.

Rule of this file: one edit at a time, on text that was parsed just before; one that was made already changes nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from omni._operations.difference import Difference
from omni._operations.drift import WITHHELD

_SEEN = "Seen in a response; meaning not documented. [SEEN]"

T = TypeVar("T")
Pair = tuple[Node, Node]


class Unplaced(Exception):
    """The spec has no place for the difference, or it is not known what to write there."""


def patched(text: str, template: str, method: str | None, difference: Difference) -> str:
    """The text of a spec that accepts the difference; Unplaced if only a person can write it."""
    if WITHHELD in difference.detail or WITHHELD in difference.path:
        raise Unplaced
    spec = _Spec(text)
    success = spec.success(template, method)
    parent, _, key = difference.path.rpartition(".")
    match difference.kind:
        case "unknown key":
            return spec.with_key(spec.at(success, parent), key, difference.detail)
        case "missing key":
            return spec.without_requirement(spec.at(success, parent), key)
        case "unknown word":
            return spec.with_word(spec.at(success, difference.path), difference.detail)
        case "wrong format":
            return spec.without_format(spec.at(success, difference.path))
        case _:
            return spec.with_type(spec.at(success, difference.path), difference.detail)


class _Spec:
    """The text of a spec, with what it says where."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, yaml.SafeLoader) or ScalarNode("", "")

    def success(self, template: str, method: str | None) -> Node:
        """The schema of an operation's success, as ``tools/contract.py`` picks it."""
        operations = _pairs(_value(self.root, "paths", template))
        operation = _first(
            each for key, each in operations if _pair(each, "responses") and key.value == (method or key.value).lower()
        )
        response = _first(
            each
            for status, each in _pairs(_value(operation, "responses"))
            if status.value.startswith("2") and _pair(each, "content")
        )
        return _value(response, "content", "application/json", "schema")

    def at(self, node: Node, path: str) -> Node:
        """The schema of what is at the path."""
        for step in re.findall(r"\[\]|[^.\[\]]+", path):
            if step == "[]":
                node = _first(self.having(node, "items"))[1]
            else:
                known = (pair for _, properties in self.having(node, "properties") for pair in _pairs(properties))
                node = _first(value for key, value in known if key.value == step)
        return node

    def forms(self, node: Node) -> Iterator[Node]:
        """The schemas behind references and ``anyOf``."""
        if reference := _pair(node, "$ref"):
            yield from self.forms(_value(self.root, *reference[1].value.split("/")[1:]))
        elif options := _pair(node, "anyOf"):
            for option in options[1].value:
                yield from self.forms(option)
        else:
            yield node

    def having(self, node: Node, key: str) -> Iterator[Pair]:
        """The key and its value, of each of the schemas that has it."""
        return (pair for form in self.forms(node) if (pair := _pair(form, key)))

    def with_key(self, node: Node, key: str, seen: str) -> str:
        """A new property, at the end; nothing is said of its type where the JSON was a null, an object or an array."""
        properties = _first(self.having(node, "properties"))[1]
        if known := _pair(properties, key):
            return self.with_type(known[1], seen)
        if _is_flow(properties):
            raise Unplaced
        pad = " " * properties.start_mark.column
        lines = [f"{pad}{_scalar(key)}:", f"{pad}  description: {_SEEN}"]
        if seen not in {"null", "object", "array"}:
            lines.append(f'{pad}  type: [{seen}, "null"]')
        end = self.text.index("\n", _end(properties, self.text)) + 1
        return self.replaced(end, end, "\n".join(lines) + "\n")

    def with_word(self, node: Node, word: str) -> str:
        """One more word of a vocabulary."""
        return self.appended(_first(self.having(node, "enum"))[1], word)

    def with_type(self, node: Node, seen: str) -> str:
        """One more type, beside those that the schema has."""
        if any(_allows(form, seen) for form in self.forms(node)):
            return self.text
        if options := _pair(node, "anyOf"):
            inline = [option for option in options[1].value if _pair(option, "type")]
            return self.with_type((inline or options[1].value)[0], seen)
        if reference := _pair(node, "$ref"):
            return self.with_option(node, reference, seen)
        types = _value(node, "type")
        if isinstance(types, SequenceNode):
            return self.appended(types, seen)
        start, end = types.start_mark.index, types.end_mark.index
        return self.replaced(start, end, f"[{self.text[start:end]}, {_scalar(seen)}]")

    def with_option(self, node: Node, reference: Pair, seen: str) -> str:
        """``anyOf`` the schema that is referred to and the type."""
        start, end = reference[0].start_mark.index, reference[1].end_mark.index
        pad = "\n" + " " * reference[0].start_mark.column
        written, other = self.text[start:end], f"type: {_scalar(seen)}"
        options = f" [{{{written}}}, {{{other}}}]" if _is_flow(node) else f"{pad}  - {written}{pad}  - {other}"
        return self.replaced(start, end, f"anyOf:{options}")

    def without_requirement(self, node: Node, name: str) -> str:
        """A key that can be missing."""
        for form in self.forms(node):
            key, names = _pair(form, "required") or (None, None)
            if key and names and name in (kept := [each.value for each in names.value]):
                kept.remove(name)
                if not kept:
                    return self.without(form, "required")
                written = f"required: [{', '.join(map(_scalar, kept))}]"
                return self.replaced(key.start_mark.index, _end(names, self.text), written)
        return self.text

    def without_format(self, node: Node) -> str:
        """A text that is not always written in the format."""
        form = next((form for form in self.forms(node) if _pair(form, "format")), None)
        return self.without(form, "format") if form else self.text

    def without(self, mapping: Node, key: str) -> str:
        """Without a key: up to the next one, or from the end of the one before."""
        pairs = _pairs(mapping)
        place = [each.value for each, _ in pairs].index(key)
        if place + 1 < len(pairs):
            return self.replaced(pairs[place][0].start_mark.index, pairs[place + 1][0].start_mark.index, "")
        if not place:
            raise Unplaced
        return self.replaced(_end(pairs[place - 1][1], self.text), _end(pairs[place][1], self.text), "")

    def appended(self, sequence: Node, word: str) -> str:
        """The sequence with one more word, in its style."""
        if word in [each.value for each in sequence.value]:
            return self.text
        end = _end(sequence.value[-1], self.text)
        if _is_flow(sequence):
            return self.replaced(end, end, f", {_scalar(word)}")
        end = self.text.index("\n", end)
        return self.replaced(end, end, f"\n{' ' * sequence.start_mark.column}- {_scalar(word)}")

    def replaced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]


def _pairs(node: Node) -> list[Pair]:
    return node.value if isinstance(node, MappingNode) else []


def _pair(node: Node, key: str) -> Pair | None:
    return next((pair for pair in _pairs(node) if pair[0].value == key), None)


def _value(node: Node, *keys: str) -> Node:
    for key in keys:
        node = _first(value for name, value in _pairs(node) if name.value == key)
    return node


def _first(found: Iterable[T]) -> T:
    for each in found:
        return each
    raise Unplaced


def _allows(form: Node, seen: str) -> bool:
    found = _pair(form, "type")
    if found is None:
        return True
    types = [each.value for each in found[1].value] if isinstance(found[1], SequenceNode) else [found[1].value]
    return seen in types or (seen == "integer" and "number" in types)


def _is_flow(node: Node) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _end(node: Node, text: str) -> int:
    """Where the node ends; PyYAML says of blocks where the next thing begins."""
    while isinstance(node, SequenceNode | MappingNode) and not _is_flow(node):
        node = node.value[-1] if isinstance(node, SequenceNode) else node.value[-1][1]
    return len(text[: node.end_mark.index].rstrip())


def _scalar(word: str) -> str:
    """The word as YAML, in quotes where it would be something else without them."""
    return word if yaml.safe_load(word) == word else json.dumps(word)
