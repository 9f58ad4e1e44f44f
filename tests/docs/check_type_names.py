"""Fails when two files define types with the same qualified name, or when a type is outside its
layer's namespace.

    check_type_names.py SOURCE_ROOT

Two different types with one name in one program violate the one-definition rule: neither the
compiler nor the linker reports it, and the program's behaviour is undefined. Types inside functions
and unnamed namespaces are local to their file and are not compared.
"""

import collections
import pathlib
import re
import sys

# The namespaces that are not called like their folder in lib/. The first folder that contains the
# file counts.
NAMESPACES = (
    ("lib/base", "rod"),
    ("tools/rodprep/synth", "rod::synth"),
    ("tools/rodprep/doctor", "rod::doctor"),
    ("tools/python", "rod::python"),
    ("tools", "rod::tools"),
    ("trainer", "rod::trainer"),
)

IGNORED = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | (?P<raw>R"(?P<end>[^()\s\\]*)\(.*?\)(?P=end)") | "(?:[^"\\\n]|\\.)*"
        | (?<!\w)'(?:[^'\\\n]|\\.)+' | ^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*""",
    re.X | re.S | re.M)
NAMESPACE = re.compile(r"(?:inline\s+)?namespace\b\s*([\w:]*)$")
TYPE = re.compile(
    r"""(?:(?:public|private|protected)\s*:\s*)*
        (?:template\s*<.*>\s*(?:requires\b.*)?)?
        (?:typedef\s+)?(?:class|struct|union|enum(?:\s+class|\s+struct)?)\s+
        (?:\[\[.*?\]\]\s*|alignas\s*\(.*?\)\s*)*
        (?P<name>\w+(?:\s*::\s*\w+)*(?:\s*<.*>)?)
        \s*(?:final\s*)?(?::[^:].*)?$""",
    re.X | re.S)


ALIAS = re.compile(
    r"(?:(?:public|private|protected)\s*:\s*)*(?:template\s*<.*>\s*)?using\s+(\w+)\s*=", re.S
)


def type_definitions(text):
    """Yields (qualified name, line) for each type and alias that C++ text defines at namespace or
    class scope.
    """
    text = IGNORED.sub(lambda m: "\n" * m.group().count("\n") + " ", text)
    # the name that each open brace adds; None inside functions and unnamed namespaces
    scopes, start = [], 0
    for mark in re.finditer(r"[{};]", text):
        header = text[start:mark.start()].strip()
        start = mark.end()
        if mark.group() == "{":
            namespace, type_ = NAMESPACE.match(header), TYPE.match(header)
            if namespace:
                scopes.append(namespace[1] or None)
            elif type_:
                scopes.append(re.sub(r"\s+", "", type_["name"]))
                if None not in scopes:
                    yield "::".join(scopes), text.count("\n", 0, mark.start()) + 1
            else:
                scopes.append(None)
        elif mark.group() == "}":
            if scopes:
                scopes.pop()
        elif (alias := ALIAS.match(header)) and None not in scopes:
            yield "::".join([*scopes, alias[1]]), text.count("\n", 0, mark.start()) + 1


def namespace_of(path):
    """Returns the namespace of the layer that a file belongs to, or None for a test's file."""
    if path.parts[0] == "tests":
        return None
    for folder, namespace in NAMESPACES:
        if path.is_relative_to(folder):
            return namespace
    return f"rod::{path.parts[1]}"


def same_program(paths):
    """Whether some program links two of the files: `jpeg_codec_absent.cc` replaces `jpeg_codec.cc`.
    """
    return len({str(path).replace("_absent.cc", ".cc") for path in paths}) > 1


def mistakes(root):
    """Returns a line for each mistake in a source tree, and the number of types that it defines."""
    places = collections.defaultdict(dict)
    found = []
    for top in ("lib", "tools", "trainer", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".cc", ".h") or not file.is_file():
                continue
            path = file.relative_to(root)
            namespace = namespace_of(path)
            for name, line in type_definitions(file.read_text(encoding="utf-8")):
                places[name].setdefault(path, line)
                if namespace and not name.startswith((f"{namespace}::", "std::", "fmt::")):
                    found.append(
                        f"{path}:{line}: {name} is outside its layer's namespace {namespace}"
                    )
    for name, files in places.items():
        if same_program(files):
            where = " and ".join(f"{path}:{line}" for path, line in files.items())
            found.append(f"{name} is defined twice: {where}; rename one of them")
    return found, len(places)


if __name__ == "__main__":
    wrong, count = mistakes(pathlib.Path(sys.argv[1]))
    if wrong:
        sys.exit("\n".join(wrong))
    if count < 200:
        sys.exit(
            f"only {count} types found: expected at least 200 in the folders lib, tools, trainer"
            " and tests"
        )
    print(count, "types: each is defined once, in the namespace of its layer")
