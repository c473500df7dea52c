"""What comes out the same for every provider of one process, and is slow to make: made once, then taken ready-made.

Nothing of this is state: a template's code follows from its source (a changed one is compiled anew), a key object from
its bytes, a catalogue from its file, what builds an address from its rule. Whatever a test can change, each provider
makes for itself.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from idp.vault import signing_schemes
from idp.web.pages import languages


class CompiledTemplates(BytecodeCache):
    """The code of templates, by the names and digests of their sources."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_TEMPLATES = CompiledTemplates()


def take_templates(app: Flask) -> None:
    """Let ``app`` compile no template that an app of this process compiled before."""
    app.jinja_env.bytecode_cache = _TEMPLATES


def _once_a_rule(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Compiling what builds addresses is most of what mounting the pages and the sandbox takes."""
    made: dict[Any, Any] = {}

    def builder(rule: Rule, *how: bool) -> Any:
        if rule.defaults:  # the code holds them
            return compile_builder(rule, *how)
        key = (rule.rule, tuple(rule._trace), how)
        if key not in made:
            made[key] = compile_builder(rule, *how)
        return made[key]

    return builder


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """Signing keys are parsed (RSA's are checked for a tenth of a second) and the catalogue is compiled once each."""
    with pytest.MonkeyPatch.context() as patch:
        parse = functools.lru_cache(maxsize=64)(signing_schemes.load_der_private_key)
        patch.setattr(signing_schemes, "load_der_private_key", parse)
        patch.setattr(languages, "load", functools.cache(languages.load))
        if compile_builder := getattr(Rule, "_compile_builder", None):  # werkzeug's own: without it all is only slower
            patch.setattr(Rule, "_compile_builder", _once_a_rule(compile_builder))
        yield
