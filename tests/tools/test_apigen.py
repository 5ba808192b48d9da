#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The generator of the API: what it reads, what it refuses, what it writes."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "apigen"))

import emit_docs  # noqa: E402
import emit_fx  # noqa: E402
import emit_headers  # noqa: E402
import model  # noqa: E402

QUEUE = """
fn WdfIoQueueCreate   km 1 since 1.0   um 0 since 2.0   irql <= DISPATCH   must-check
    -> NTSTATUS
    fails STATUS_INVALID_PARAMETER STATUS_WDF_NO_CALLBACK
    in    WDFDEVICE              Device
    in    PWDF_IO_QUEUE_CONFIG   Config sized
    out?  WDFQUEUE*              Queue

fn WdfIoQueueStart   km 0 since 1.0   irql <= DISPATCH   # a comment
    -> VOID
    in    WDFQUEUE Queue
"""


def parse(text, name="wdfio.api"):
    functions = model.parse(text, name)
    model.check(functions)
    return functions


class Reading(unittest.TestCase):
    def test_an_entry_says_everything(self):
        create, start = parse(QUEUE)
        self.assertEqual((create.name, create.header), ("WdfIoQueueCreate", "wdfio.h"))
        self.assertEqual((create.km.index, create.km.since), (1, (1, 0)))
        self.assertEqual((create.um.index, create.um.since), (0, (2, 0)))
        self.assertEqual((create.irql, create.must_check, create.returns), ("DISPATCH", True, "NTSTATUS"))
        self.assertEqual(create.fails, ["STATUS_INVALID_PARAMETER", "STATUS_WDF_NO_CALLBACK"])
        config, queue = create.parameters[1:]
        self.assertEqual((config.direction, config.optional, config.note), ("in", False, "sized"))
        self.assertEqual((queue.direction, queue.optional, queue.type), ("out", True, "WDFQUEUE*"))
        self.assertIsNone(start.um)

    def test_attributes_may_stand_on_their_own_line(self):
        (function,) = parse("fn WdfX   km 0 since 1.11\n    irql any   must-check\n    -> VOID\n")
        self.assertEqual((function.irql, function.must_check), ("any", True))

    def refused(self, text, *words):
        with self.assertRaises(model.ApiError) as caught:
            parse(text)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_every_fault_names_its_line(self):
        entry = "fn WdfX km 0 since 1.0 irql any\n    -> VOID\n"
        self.refused("func WdfX\n", "wdfio.api:1", "fn WdfName")
        self.refused("fn KeX km 0 since 1.0\n", "wdfio.api:1", "KeX")
        self.refused("    in ULONG Length\n", "wdfio.api:1", "no entry")
        self.refused("fn WdfX km\n", "wdfio.api:1", "the index after 'km'")
        self.refused("fn WdfX km x since 1.0\n", "wdfio.api:1", "'x'")
        self.refused("fn WdfX km 0 since 2.0\n", "wdfio.api:1", "'2.0'")
        self.refused("fn WdfX km 0 since 1.0 irql <= LOW\n", "wdfio.api:1", "'LOW'")
        self.refused("fn WdfX km 0 since 1.0 fast\n", "wdfio.api:1", "'fast'")
        self.refused(entry + "    in ULONG\n", "wdfio.api:3", "TYPE Name")
        self.refused(entry + "    in ULONG Length sometimes\n", "wdfio.api:3", "'sometimes'")
        self.refused(entry + "    in ULONG A\n    in ULONG A\n", "wdfio.api:4", "two parameters")
        self.refused(entry + "    fails EINVAL\n", "wdfio.api:3", "EINVAL")
        self.refused("fn WdfX km 0 since 1.0 irql any\n", "wdfio.api:1", "'->'")
        self.refused("fn WdfX irql any\n    -> VOID\n", "wdfio.api:1", "neither table")

    def test_names_and_places_are_unique_and_tables_have_no_gaps(self):
        one = "fn WdfX km 0 since 1.0 irql any\n    -> VOID\n"
        self.refused(one + one, "WdfX is already at wdfio.api:1")
        self.refused(one + one.replace("WdfX", "WdfY"), "km 0 is already WdfX's")
        self.refused(one.replace("km 0", "km 1"), "place 0 in the km table")

    def test_table_lengths_follow_the_versions(self):
        functions = parse(
            "".join(
                f"fn WdfX{i} km {i} since 1.{v} irql any\n    -> VOID\n"
                for i, v in enumerate((0, 0, 9, 11, 11))
            )
        )
        lengths = model.table_lengths(functions, "km")
        self.assertEqual(lengths, [((1, 0), 2), ((1, 9), 3), ((1, 11), 5)])


class Headers(unittest.TestCase):
    def setUp(self):
        self.create, self.start = parse(QUEUE)

    def test_a_wrapper_calls_through_the_table(self):
        text = emit_headers.wrapper(self.create)
        self.assertIn("_Must_inspect_result_\nOWDF_INLINE NTSTATUS\nWdfIoQueueCreate(", text)
        self.assertIn("_Out_opt_ WDFQUEUE *Queue", text)
        self.assertIn("(PFN_WDFIOQUEUECREATE)WdfFunctions[WdfIoQueueCreateTableIndex]", text)
        self.assertIn("OWDF_GLOBALS(Device), Device, Config, Queue);", text)

    def test_globals_go_with_the_handle_else_with_the_attributes_parent(self):
        def argument(*parameters):
            text = "".join(f"    in {p}\n" for p in parameters)
            (function,) = model.parse(f"fn WdfX km 1 since 1.0 irql any\n    -> VOID\n{text}", "wdfio.api")
            return emit_headers.globals_argument(function)

        attributes = "PWDF_OBJECT_ATTRIBUTES Attributes"
        self.assertEqual(argument("ULONG Size", "WDFQUEUE Queue", attributes), "OWDF_GLOBALS(Queue)")
        self.assertEqual(argument("ULONG Size", attributes), "OWDF_GLOBALS(OWDF_PARENT(Attributes))")
        self.assertEqual(argument("WDFCONTEXT Context"), "OWDF_GLOBALS(NULL)")

    def test_a_void_wrapper_returns_nothing(self):
        self.assertNotIn("return", emit_headers.wrapper(self.start))

    def condition(self, places):
        (function,) = model.parse(f"fn WdfX {places} irql any\n    -> VOID\n", "wdfio.api")
        return emit_headers.condition(function)

    def test_a_function_is_declared_for_the_versions_that_have_it(self):
        self.assertIsNone(self.condition("km 0 since 1.0 um 0 since 2.0"))
        self.assertEqual(self.condition("km 0 since 1.11 um 0 since 2.0"), "OWDF_WDF_MINOR >= 11")
        self.assertEqual(self.condition("km 0 since 1.23 um 0 since 2.23"), "OWDF_WDF_MINOR >= 23")
        self.assertEqual(self.condition("km 0 since 1.0"), "!OWDF_UMDF")
        self.assertEqual(self.condition("um 0 since 2.0"), "OWDF_UMDF")
        self.assertEqual(self.condition("um 0 since 2.25"), "OWDF_UMDF && OWDF_WDF_MINOR >= 25")
        self.assertEqual(
            self.condition("km 0 since 1.11 um 0 since 2.17"),
            "(!OWDF_UMDF && OWDF_WDF_MINOR >= 11) || (OWDF_UMDF && OWDF_WDF_MINOR >= 17)",
        )

    def test_the_index_has_both_tables_and_their_lengths(self):
        text = emit_headers.index_header(parse(QUEUE))
        kmdf = text.split("#else /* KMDF */")[1]
        self.assertIn("    WdfIoQueueStartTableIndex = 0,\n    WdfIoQueueCreateTableIndex = 1,\n", kmdf)
        self.assertIn("#define OWDF_TABLE_LENGTH 2\n", kmdf)

    def test_long_signatures_break_after_commas(self):
        text = emit_headers.wrap("f(", [f"argument_number_{i}" for i in range(9)], ");", width=60)
        self.assertTrue(all(len(line) <= 60 for line in text.splitlines()))
        self.assertEqual(text.replace("\n", "").count(","), 8)


class Framework(unittest.TestCase):
    def setUp(self):
        self.functions = parse(QUEUE)

    def test_what_is_defined_is_found_and_gets_no_second_body(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "queue.c"
            source.write_text("VOID\nimp_WdfIoQueueStart(PWDF_DRIVER_GLOBALS DriverGlobals)\n{\n}\n")
            other = Path(folder) / "other.c"
            other.write_text("    imp_WdfIoQueueCreate(globals, device);\n")
            present = emit_fx.implemented([source, other])
        self.assertEqual(present, {"WdfIoQueueStart"})
        text = emit_fx.missing_source(self.functions, present)
        self.assertIn("\nimp_WdfIoQueueCreate(", text)
        self.assertNotIn("imp_WdfIoQueueStart(", text)

    def test_what_is_missing_fails_by_its_return_type(self):
        for returns, expected in (
            ("NTSTATUS", "return STATUS_NOT_SUPPORTED;"),
            ("WDFQUEUE", "return (WDFQUEUE)0;"),
            ("PHYSICAL_ADDRESS", "return (PHYSICAL_ADDRESS){0};"),
        ):
            function = model.Function("WdfX", "wdfio.h", "", returns=returns)
            self.assertIn(expected, emit_fx.failure(function))
        self.assertEqual(emit_fx.failure(model.Function("WdfX", "wdfio.h", "", returns="VOID")), "")

    def test_the_tables_hold_every_function_at_its_place(self):
        text = emit_fx.tables_source(self.functions)
        self.assertIn("[0] = (WDFFUNC)imp_WdfIoQueueStart,\n    [1] = (WDFFUNC)imp_WdfIoQueueCreate,", text)
        self.assertIn('[FX_FN_WdfIoQueueStart] = "WdfIoQueueStart"', text)


class Coverage(unittest.TestCase):
    def test_the_page_tells_what_is_missing_and_who_tests_what(self):
        tests = [("conform/queue.c", "x = WdfIoQueueCreate(device, &config, NULL, &queue);")]
        page = emit_docs.coverage_page(parse(QUEUE), {"WdfIoQueueCreate"}, tests)
        self.assertIn("2 functions: 1 implemented, 1 of them tested.", page)
        self.assertIn("| WdfIoQueueCreate | 1 (1.0) | 0 (2.0) | yes | conform/queue.c |", page)
        self.assertIn("| WdfIoQueueStart | 0 (1.0) |  | missing |  |", page)

    def test_calls_through_a_macro_count(self):
        (function,) = parse("fn WdfX km 0 since 1.0 irql any\n    called-as WdfMacro\n    -> VOID\n")
        found = emit_docs.callers([function], [("a.c", "WdfMacro (1);"), ("b.c", "WdfXy(1);")])
        self.assertEqual(found["WdfX"], ["a.c"])


class OurApi(unittest.TestCase):
    """The .api files themselves."""

    def setUp(self):
        self.functions = model.load((ROOT / "api").glob("*.api"))

    def test_all_functions_have_their_entry(self):
        self.assertEqual(len(self.functions), 484)
        self.assertEqual(len(model.table(self.functions, "km")), 458)
        self.assertEqual(len(model.table(self.functions, "um")), 274)

    def test_no_function_has_moved(self):
        lines = (ROOT / "tests" / "abi" / "wdf_places.txt").read_text().splitlines()
        places = [tuple(line.split()) for line in lines if not line.startswith("#")]

        def place(slot):
            return str(slot.index) if slot else "-"

        ours = [(f.name, place(f.km), place(f.um)) for f in self.functions]
        self.assertEqual(sorted(ours), sorted(places))

    def test_table_lengths_are_the_published_ones(self):
        def length(mode, minor):
            known = model.table_lengths(self.functions, mode)
            return [n for since, n in known if since <= (model.MAJOR[mode], minor)][-1]

        published = {15: 444, 17: 444, 19: 446, 21: 448, 23: 451, 25: 453, 27: 453, 31: 458, 33: 458}
        self.assertEqual({minor: length("km", minor) for minor in published}, published)
        published = {15: 257, 17: 260, 19: 261, 21: 261, 23: 265, 25: 268, 27: 269, 31: 273, 33: 274}
        self.assertEqual({minor: length("um", minor) for minor in published}, published)


if __name__ == "__main__":
    unittest.main()
