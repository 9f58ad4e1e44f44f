"""The files that a forge and citation tools read: they are YAML, name this version, and start what
the README starts.

    check_forge.py SOURCE VERSION

Exit code 77: PyYAML is not installed.
"""
import pathlib
import sys

try:
    import yaml
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

source, version = pathlib.Path(sys.argv[1]), sys.argv[2]
read = {file.relative_to(source): yaml.safe_load(file.read_text())
        for file in [source / "CITATION.cff", *sorted((source / ".github").rglob("*.yml"))]}

citation = read[pathlib.Path("CITATION.cff")]
assert (
    citation["version"] == version
), f"CITATION.cff names version {citation['version']}, this is {version}"
for key in ("cff-version", "message", "title", "authors", "license"):
    assert citation.get(key), f"CITATION.cff has no {key}"

forms = [
    form
    for file, form in read.items()
    if file.parent.name == "ISSUE_TEMPLATE" and file.stem != "config"
]
assert forms, "there are no issue forms"
for form in forms:
    assert form["name"] and form["description"], form
    ids = [part["id"] for part in form["body"]]
    assert len(set(ids)) == len(ids) and all(
        part["attributes"]["label"] for part in form["body"]
    ), form["name"]

jobs = read[pathlib.Path(".github/workflows/ci.yml")]["jobs"]
commands = [step.get("run", "") for step in jobs["system"]["steps"]]
assert "bash tools/quickstart.sh" in commands and "bash tools/test.sh" in commands, commands
rows = jobs["system"]["strategy"]["matrix"]["include"]
assert all(
    bool(row.get("untested")) == row["image"].startswith("ubuntu") for row in rows
), "Ubuntu alone is untested"

readme = (source / "README.md").read_text()
assert f"rodprep-{version}-cp312-abi3" in readme, "the README's pip line names another version"
