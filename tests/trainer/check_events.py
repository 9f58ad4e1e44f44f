"""Reads a run folder's event files with TensorBoard and compares them with its metrics.jsonl.
Argument: the folder.
"""
import io
import json
import pathlib
import sys

try:
    from PIL import Image
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2
    from tensorboard.plugins.hparams.metadata import EXPERIMENT_TAG, SESSION_START_INFO_TAG
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

folder = pathlib.Path(sys.argv[1])
events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
events.Reload()

expected = {}
for line in (folder / "metrics.jsonl").read_text().splitlines():
    row = json.loads(line)
    for name, value in row.items():
        if name not in ("step", "epoch", "time") and isinstance(value, (int, float)):
            expected.setdefault(name.replace(".", "/", 1), []).append((row["step"], value))
assert sorted(events.Tags()["scalars"]) == sorted(expected), (
    events.Tags()["scalars"],
    sorted(expected),
)
for tag, points in expected.items():
    found = [(event.step, event.value) for event in events.Scalars(tag)]
    assert [step for step, _ in found] == [step for step, _ in points], (tag, found, points)
    for (_, value), (_, wanted) in zip(found, points):
        assert abs(value - wanted) <= 1e-6 * abs(wanted), (tag, value, wanted)

images = events.Tags()["images"]
for split in ("synROD-test", "ROD"):
    steps = [event.step for event in events.Images(f"confusion/{split}")]
    assert steps == [step for step, _ in expected[f"accuracy/{split}"]], (split, steps)
for stream in ("source", "target", "source_rot", "target_rot"):
    steps = [event.step for event in events.Images(f"batch/{stream}")]
    assert steps and steps == sorted(set(steps)), (stream, steps)
for tag in images:
    for event in events.Images(tag):
        picture = Image.open(io.BytesIO(event.encoded_image_string)).convert("RGB")
        assert picture.size == (event.width, event.height), tag
        assert len(set(picture.getdata())) > 1, f"{tag} is empty"


def hyperparameters(tag):
    return plugin_data_pb2.HParamsPluginData.FromString(
        events.SummaryMetadata(tag).plugin_data.content
    )


experiment = hyperparameters(EXPERIMENT_TAG).experiment
assert {info.name.tag for info in experiment.metric_infos} == {
    "accuracy/ROD",
    "accuracy/synROD-test",
}, experiment
options = hyperparameters(SESSION_START_INFO_TAG).session_start_info.hparams
assert {info.name for info in experiment.hparam_infos} == set(options), experiment
assert options["lr"].number_value == 0.01 and options["method"].string_value == "rr", options
assert b"| --lr | 0.01 |" in events.Tensors("options")[0].tensor_proto.string_val[0]
