"""Where something stands in a YAML document: lines of paths, for faults that a person can find."""

import yaml

Place = tuple[str | int, ...]


def text_of(path: Place) -> str:
    """As faults name it: ``clients[1].redirect_uris[0]``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "file"


def lines_of(node: yaml.Node | None, path: Place = ()) -> dict[Place, int]:
    """Every path of the document with its line number."""
    if node is None:
        return {}
    found = {path: node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found |= lines_of(value, (*path, key.value)) | {(*path, key.value): key.start_mark.line + 1}
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found |= lines_of(value, (*path, index))
    return found


def repeated_keys(node: yaml.Node | None, path: Place = ()) -> list[tuple[Place, int]]:
    """Keys that stand twice in one mapping; YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        here = [
            ((*path, k.value), k.start_mark.line + 1) for i, (k, _) in enumerate(node.value) if k.value in names[:i]
        ]
        return here + [hit for key, value in node.value for hit in repeated_keys(value, (*path, key.value))]
    if isinstance(node, yaml.SequenceNode):
        return [hit for i, value in enumerate(node.value) for hit in repeated_keys(value, (*path, i))]
    return []
