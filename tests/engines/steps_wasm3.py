# python steps_wasm3.py MODULE RUNS: what a host sees of calls in wasm3, as `../js/steps.mjs` says
# it of engines with JavaScript. There are no exceptions here: a failure is a trap.

import json
import struct
import sys

import wasm3

MODULE, RUNS = sys.argv[1:]
# For the interpreter's own stack, in bytes.
STACK = 1 << 20


class HostsOwn(Exception):
    pass


def walk(binary, run):
    environment = wasm3.Environment()
    runtime = environment.new_runtime(STACK)
    module = environment.parse_module(binary)
    runtime.load(module)
    log = []

    def host_step(_):
        if run["host"] is None:
            raise HostsOwn
        for call in run["host"]["calls"]:
            error = perform(call, True)
            if error is not None and not run["host"]["swallow"]:
                raise error
        return 7

    try:
        module.link_function("env", "host_step", "i(i)", host_step)
    except RuntimeError:
        pass  # It is not imported.

    def perform(call, nested):
        value = ended = error = None
        try:
            if call["export"] == "=state":
                module.set_global("__unpoison_state", call["args"][0])
                value = ""
            else:
                function = runtime.find_function(call["export"])
                value = function(*map(int, call["args"]))
                value = "" if value is None else str(value)
        except HostsOwn as e:
            error, ended = e, "host"
        except RuntimeError as e:
            error, ended = e, "trap" if "trap" in str(e) or "stack" in str(e) else str(e)
        state = module.get_global("__unpoison_state")
        log.append({"nested": nested, "value": value, "ended": ended, "state": state, "report": report()})
        return error

    def report():
        at = runtime.find_function("__unpoison_report")()
        if at == 0:
            return None
        memory = runtime.get_memory(0)
        words = struct.unpack_from("<13I", memory, at & 0xFFFFFFFF)

        def text(i):
            if words[i] == 0:
                return None
            return bytes(memory[words[i] : words[i] + words[i + 1]]).decode()

        names = ["version", "kind", "line", "column", "size", "align", "number", "cause"]
        values = [words[0], words[1], *words[7:13]]
        return {**dict(zip(names, values)), "message": text(3), "file": text(5)}

    for call in run["calls"]:
        perform(call, False)
    return log


def takes(binary):
    """A function is compiled when it is looked for."""
    try:
        environment = wasm3.Environment()
        runtime = environment.new_runtime(STACK)
        runtime.load(environment.parse_module(binary))
        runtime.find_function("f")
        return True
    except RuntimeError:
        return False


with open(MODULE, "rb") as file:
    binary = file.read()
with open(RUNS) as file:
    runs = json.load(file)
if "modules" in runs:
    json.dump([takes(bytes(module)) for module in runs["modules"]], sys.stdout)
else:
    json.dump([walk(binary, run) for run in runs], sys.stdout)
