"""OpenCV's dnn: answers each line of JSON with one, as worker.mjs does in Node. It reads Caffe's files itself."""

import base64
import json
import os
import sys
import time


def read(case, name):
    return os.path.join(case["folder"], name)


class Opened:
    def __init__(self, case):
        import cv2
        import numpy

        self.version = f"{cv2.__version__}, {cv2.getNumThreads()} threads"
        self.net = cv2.dnn.readNetFromCaffe(read(case, "net.prototxt"), read(case, "net.caffemodel"))
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.inputs = [
            (given["blob"], numpy.fromfile(read(case, given["file"]), "<f4").reshape(given["shape"]))
            for given in case["inputs"]
        ]
        self.blobs = [output["blob"] for output in case["outputs"]]
        self.layers = [output["layer"] for output in case["outputs"]]

    def run(self):
        for blob, data in self.inputs:
            self.net.setInput(data, blob)
        return self.net.forward(self.layers)

    def outputs(self):
        results = self.run()
        return {blob: base64.b64encode(result.tobytes()).decode() for blob, result in zip(self.blobs, results)}


opened = {}


def answer(question):
    if "open" in question:
        case = question["open"]
        start = time.perf_counter()
        result = Opened(case)
        loaded = time.perf_counter()
        result.run()
        compiled = time.perf_counter()
        opened[case["id"]] = result
        return {
            "loadMs": (loaded - start) * 1e3,
            "compileMs": (compiled - loaded) * 1e3,
            "ran": {"backend": "cpu", "detail": result.version},
            "outputs": result.outputs(),
        }
    if "time" in question:
        net, times = opened[question["time"]], []
        while not times or sum(times) < question["leastMs"]:
            start = time.perf_counter()
            net.run()
            times.append((time.perf_counter() - start) * 1e3)
        return {"times": times}
    del opened[question["close"]]
    return {}


print("ready", flush=True)
for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as error:  # whatever it is, the bench says it in its table
        said = {"error": str(error)}
    print("answer " + json.dumps(said), flush=True)
