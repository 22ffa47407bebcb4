/**
 * How papermill writes the parameters of a TypeScript notebook: a Python module that registers a translator when it is
 * loaded. Each parameter states its type: `const mode = "fast"` would have the type "fast", and a cell that asks
 * whether it is "slow" would not compile.
 */
export const papermillTranslator = `"""Parameters of TypeScript notebooks for papermill, written by \`prelab install --papermill\`."""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    DEFINITION = re.compile(
        r"^\\s*(?:const|let|var)\\s+(?P<name>[\\w$]+)\\s*(?::\\s*(?P<type>[^=]+?)\\s*)?"
        r"=\\s*(?P<default>.+?)\\s*;?\\s*(?://\\s*(?P<help>.*))?$"
    )

    @classmethod
    def translate_escaped_str(cls, val):
        return json.dumps(str(val))

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_int(cls, val):
        return f"{val}" if abs(val) < 2**53 else f"{val}n"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def translate_dict(cls, val):
        items = [f"{cls.key(name)}: {cls.translate(item)}" for name, item in val.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"

    @classmethod
    def key(cls, name):
        # As a plain key it would set the prototype.
        return '["__proto__"]' if name == "__proto__" else cls.translate_escaped_str(name)

    @classmethod
    def type_of(cls, val):
        if val is None:
            return "any"
        if isinstance(val, bool):
            return "boolean"
        if isinstance(val, int):
            return "number" if abs(val) < 2**53 else "bigint"
        if isinstance(val, float):
            return "number"
        if isinstance(val, list):
            types = list(dict.fromkeys(cls.type_of(item) for item in val))
            return "any[]" if "any" in types or not types else f"({' | '.join(types)})[]" if types[1:] else f"{types[0]}[]"
        if isinstance(val, dict):
            fields = [f"{cls.key(name)}: {cls.type_of(item)}" for name, item in val.items()]
            return f"{{ {'; '.join(fields)} }}" if fields else "Record<string, any>"
        return "string"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [f"const {name}: {cls.type_of(val)} = {cls.translate(val)}" for name, val in parameters.items()]
        return "\\n".join([cls.comment(comment), *lines]) + "\\n"

    @classmethod
    def inspect(cls, parameters_cell):
        found = [cls.DEFINITION.match(line) for line in parameters_cell["source"].splitlines()]
        return [
            Parameter(m["name"], m["type"] or "None", m["default"], m["help"] or "") for m in found if m is not None
        ]


papermill_translators.register("typescript", TypeScriptTranslator)


class Engine(NBClientEngine):
    """papermill's own engine. It looks for engines when it starts, and so loads this module."""
`
