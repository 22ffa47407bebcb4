"""jupyter_kernel_test against the installed kernelspec; all of its 13 tests, none skipped.

PRELAB_KERNEL_NAME names the kernelspec (default "prelab"); JUPYTER_DATA_DIR says where it is installed.
"""

import os
import unittest

import jupyter_kernel_test

NAME = os.environ.get("PRELAB_KERNEL_NAME", "prelab")


class KernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = NAME
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "JSON.stringi", "matches": {"stringify"}},
        {"text": "displ"},
    ]
    complete_code_samples = ["1", "const x: number = 1", "function f() {\n  return 3\n}", "await Promise.resolve(1)"]
    incomplete_code_samples = ["function f() {", "const s = `abc", "[1, 2,", "if (true) {", "/* open"]
    invalid_code_samples = ["const = 3", "1 1", ") ("]
    code_page_something = 'page("a long text")'
    code_generate_error = "const values = null as unknown as number[]; values.length"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "const word: string = 'tensor'; word.length", "result": "6"},
    ]
    code_display_data = [
        {"code": 'display({ "text/html": "<b>bold</b>" }, { raw: true })', "mime": "text/html"},
        {"code": "display(new Map([[1, 2n]]))", "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ?*"
    code_inspect_sample = "JSON.stringify"
    code_clear_output = "clearOutput()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = NAME
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
