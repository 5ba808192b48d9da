/* SPDX-License-Identifier: MIT */
/* Recording and reading back, in one process: rings, cut texts, what is overwritten, switches, the saved form. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openwdf/trace_recorder.h>

#include "sys/thread.h"
#include "trace/file.h"
#include "trace/provider.h"
#include "trace/reader.h"
#include "trace/record.h"
#include "trace/session.h"
#include "trace/stream.h"

#define FLAG_ONE 1
#define FLAG_TWO 2

static struct owdf_trace_site sites[] = {
    {.format = "number %1!d! text %2!s!", .types = "is", .file = "a.c", .values = "", .line = 10},
    {.format = "long %1!s! then %2!u!", .types = "si", .file = "a.c", .values = "", .line = 20},
    {.format = "%1!d!", .types = "i", .file = "b.c", .values = "", .line = 30},
};

static const struct owdf_trace_provider providers[] = {
    {"Unit", "(11111111,2222,3333,4444,555555555555)", " ONE TWO"},
};

static WPP_CB_TYPE off[1];
static WPP_CB_TYPE *global = off;
static struct trace_reader *reader;

struct seen {
    char text[64][TRACE_LINE_SIZE];
    struct trace_record head[64];
    unsigned count; /* May be more than are kept. */
};

static struct seen seen;

static void
on_record(void *argument, const struct trace_record *record)
{
    struct seen *to = argument;

    if (to->count < 64) {
        to->head[to->count] = *record;
        trace_catalog_render(trace_reader_catalog(reader), record, to->text[to->count],
                             TRACE_LINE_SIZE);
    }
    to->count++;
}

static void
read_all(unsigned classes)
{
    seen.count = 0;
    ck_assert_int_eq(trace_reader_read(reader, classes, on_record, NULL, &seen), 0);
}

static void
set_up(void)
{
    global = off;
    owdf_trace_register(&global, providers, 1, sites, sites + 3);
    ck_assert_ptr_ne(global, off);
    ck_assert_int_eq(trace_reader_open_fd(trace_file_descriptor(), &reader), 0);
}

static void
tear_down(void)
{
    trace_reader_close(reader);
    owdf_trace_unregister(&global, off, 1);
    ck_assert_ptr_eq(global, off);
}

static void
write_number(unsigned where, int level, int number)
{
    owdf_trace_write(&sites[2], "fn", where, global[0].Control.Logger,
                     global[0].Control.AutoLogContext, level, FLAG_TWO,
                     (unsigned long long)(long long)number);
}

START_TEST(what_was_written_is_read)
{
    owdf_trace_write(&sites[0], "Function", 1, global[0].Control.Logger, NULL, 3, FLAG_TWO,
                     (unsigned long long)-5ll, (unsigned long long)(uintptr_t) "hello");
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_str_eq(seen.text[0], "number -5 text hello");
    ck_assert_uint_eq(seen.head[0].level, 3);
    ck_assert_uint_eq(seen.head[0].keywords, 1);
    ck_assert_str_eq(trace_catalog_site(trace_reader_catalog(reader), seen.head[0].site)->function,
                     "Function");
    ck_assert_str_eq(
        trace_catalog_provider(trace_reader_catalog(reader), seen.head[0].provider)->name, "Unit");
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(texts_too_long_are_cut_and_say_so)
{
    char text[3 * TRACE_RECORD_MAX];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    owdf_trace_write(&sites[1], "fn", 1, global[0].Control.Logger, NULL, 1, FLAG_ONE,
                     (unsigned long long)(uintptr_t)text, 77ull);
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_uint_le(seen.head[0].size, TRACE_RECORD_MAX);
    ck_assert_ptr_nonnull(strstr(seen.text[0], "xxx... then 77"));
}
END_TEST

START_TEST(a_null_text_is_shown_as_such)
{
    owdf_trace_write(&sites[0], "fn", 1, global[0].Control.Logger, NULL, 1, 0, 1ull, 0ull);
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_str_eq(seen.text[0], "number 1 text (null)");
}
END_TEST

/* Every record is either read in its order or lies before those that are. */
START_TEST(the_latest_are_kept_when_a_ring_is_full)
{
    int i, total = 40000;

    for (i = 0; i < total; i++) {
        write_number(1, 4, i);
    }
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_gt(seen.count, TRACE_SESSION_RING_SIZE / 2 / 40);
    ck_assert_uint_lt(seen.count, (unsigned)total);
    ck_assert_int_eq(atoi(seen.text[0]), total - (int)seen.count);
    ck_assert_int_eq(atoi(seen.text[63]), total - (int)seen.count + 63);
}
END_TEST

START_TEST(a_reader_that_is_too_slow_knows_it)
{
    int i;

    write_number(1, 4, -1);
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(trace_reader_lost(reader), 0);
    for (i = 0; i < 40000; i++) {
        write_number(1, 4, i);
    }
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_gt(trace_reader_lost(reader), 0);
}
END_TEST

START_TEST(errors_of_the_recorder_survive_a_flood)
{
    int i;

    write_number(2, TRACE_LEVEL_ERROR, 4242);
    for (i = 0; i < 40000; i++) {
        write_number(2, TRACE_LEVEL_INFORMATION, i);
    }
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(seen.count, 0);
    read_all(TRACE_CLASS(TRACE_RING_ERRORS));
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_str_eq(seen.text[0], "4242");
}
END_TEST

START_TEST(logs_have_names_and_end)
{
    struct owdf_recorder_log *log;
    uint16_t id;

    ck_assert_int_eq(owdf_recorder_log_create("mine", &log), 0);
    owdf_trace_write(&sites[2], "fn", 2, global[0].Control.Logger, log, 4, 0, 1ull);
    read_all(TRACE_CLASS(TRACE_RING_RECORDER));
    ck_assert_uint_eq(seen.count, 1);
    id = seen.head[0].log;
    ck_assert_str_eq(trace_catalog_log(trace_reader_catalog(reader), id), "mine");
    owdf_recorder_log_delete(log);
    owdf_trace_write(&sites[2], "fn", 2, global[0].Control.Logger, log, 4, 0, 2ull);
    owdf_trace_write(&sites[2], "fn", 2, global[0].Control.Logger, NULL, 4, 0, 3ull);
    read_all(TRACE_CLASS(TRACE_RING_RECORDER));
    ck_assert_uint_eq(seen.count, 0);
}
END_TEST

static void
write_on_thread(void *argument)
{
    (void)argument;
    write_number(1, 4, 7);
}

START_TEST(threads_have_rings_of_their_own_and_leave_them)
{
    struct sys_thread *thread;
    uint32_t chunks;
    int i;

    write_number(1, 4, 0);
    for (i = 0; i < 20; i++) {
        ck_assert_int_eq(sys_thread_create(&thread, "writer", write_on_thread, NULL), 0);
        sys_thread_join(thread);
        chunks = i == 0 ? trace_file_header()->chunk_count : chunks;
    }
    ck_assert_uint_eq(trace_file_header()->chunk_count, chunks);
    read_all(TRACE_CLASS(TRACE_RING_SESSION));
    ck_assert_uint_eq(seen.count, 21);
    ck_assert_uint_ne(seen.head[1].thread, seen.head[2].thread);
}
END_TEST

START_TEST(switches_can_be_set_from_outside)
{
    uint32_t flags[OWDF_TRACE_FLAG_WORDS] = {2};

    ck_assert_uint_eq(global[0].Control.Level, 0);
    ck_assert_int_eq(
        trace_reader_set_switches(reader, (uint32_t)global[0].Control.Logger - 1, 4, flags, 2), 0);
    ck_assert_uint_eq(global[0].Control.Level, 4);
    ck_assert_uint_eq(global[0].Control.Flags[0], 2);
    ck_assert_int_eq(trace_reader_set_switches(reader, 100000, 4, flags, 2), -EINVAL);
}
END_TEST

START_TEST(a_module_that_comes_back_finds_its_place)
{
    WPP_CB_TYPE *first = global;
    uint32_t id = sites[1].id;

    owdf_trace_unregister(&global, off, 1);
    sites[0].id = sites[1].id = sites[2].id = 0;
    owdf_trace_register(&global, providers, 1, sites, sites + 3);
    ck_assert_ptr_eq(global, first);
    ck_assert_uint_eq(sites[1].id, id);
}
END_TEST

struct copied {
    FILE *to;
    char text[8][TRACE_LINE_SIZE];
    unsigned count;
};

static void
save_record(void *argument, const struct trace_record *record)
{
    ck_assert_int_eq(trace_stream_record(((struct copied *)argument)->to, 0, record), 0);
}

static void
save_entry(void *argument, const struct trace_meta_entry *entry)
{
    ck_assert_int_eq(trace_stream_meta(((struct copied *)argument)->to, 0, entry), 0);
}

static void
saved_record(void *argument, const struct trace_process *process,
             const struct trace_catalog *catalog, const struct trace_record *record)
{
    struct copied *copied = argument;

    ck_assert_str_eq(process->name, "unit");
    trace_catalog_render(catalog, record, copied->text[copied->count++], TRACE_LINE_SIZE);
}

static void
saved_lost(void *argument, const struct trace_process *process, uint64_t count)
{
    (void)argument;
    (void)process;
    ck_assert_uint_eq(count, 3);
}

START_TEST(a_saved_trace_needs_nothing_else)
{
    static const struct trace_stream_events events = {saved_record, saved_lost};
    struct trace_process process = {.pid = 1, .name = "unit"};
    struct copied copied = {.to = tmpfile()};
    uint64_t offset;
    long size;

    ck_assert_ptr_nonnull(copied.to);
    owdf_trace_write(&sites[0], "Function", 1, global[0].Control.Logger, NULL, 3, FLAG_TWO, 5ull,
                     (unsigned long long)(uintptr_t) "saved");
    ck_assert_int_eq(trace_stream_begin(copied.to), 0);
    ck_assert_int_eq(trace_stream_process(copied.to, 0, &process), 0);
    ck_assert_int_eq(trace_reader_read(reader, TRACE_CLASS(TRACE_RING_SESSION), save_record,
                                       save_entry, &copied),
                     0);
    ck_assert_int_eq(trace_stream_lost(copied.to, 0, 3), 0);
    size = ftell(copied.to);
    rewind(copied.to);
    ck_assert_int_eq(trace_stream_read(copied.to, &events, &copied, &offset), 0);
    ck_assert_uint_eq(offset, (uint64_t)size);
    ck_assert_uint_eq(copied.count, 1);
    ck_assert_str_eq(copied.text[0], "number 5 text saved");

    /* Cut off anywhere it is read up to there; a changed size is found. */
    for (long cut = 8; cut < size; cut += 5) {
        copied.count = 0;
        ck_assert_int_eq(ftruncate(fileno(copied.to), size - cut), 0);
        rewind(copied.to);
        ck_assert_int_eq(trace_stream_read(copied.to, &events, &copied, &offset),
                         size - cut < 8 ? -EINVAL : 0);
    }
    (void)fclose(copied.to);
}
END_TEST

START_TEST(a_file_that_is_no_trace_is_refused)
{
    char path[] = "/tmp/owdf-trace-XXXXXX";
    int fd = mkstemp(path);
    struct trace_reader *other;
    uint64_t offset;
    FILE *from;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(trace_reader_open(path, &other), -EINVAL);
    ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
    ck_assert_int_eq(trace_reader_open(path, &other), -EINVAL);
    from = fdopen(fd, "r");
    ck_assert_int_eq(trace_stream_read(from, NULL, NULL, &offset), -EINVAL);
    (void)fclose(from);
    unlink(path);
}
END_TEST

static void
echoed(void *argument, const char *line)
{
    struct copied *copied = argument;

    (void)snprintf(copied->text[copied->count++], TRACE_LINE_SIZE, "%s", line);
}

START_TEST(what_is_asked_for_at_once_is_given_at_once)
{
    struct copied copied = {.count = 0};
    char problem[256];

    trace_echo_set_sink(echoed, &copied);
    ck_assert_int_eq(trace_echo_set("Unit:3:TWO", problem, sizeof(problem)), 0);
    ck_assert_uint_eq(global[0].Control.Level, 3);
    ck_assert_uint_eq(global[0].Control.Flags[0], 2);
    write_number(1, 3, 9);
    ck_assert_uint_eq(copied.count, 1);
    ck_assert_str_eq(copied.text[0], "Unit warning b.c:30 fn: 9");
    ck_assert_int_eq(trace_echo_set("Unit:what", problem, sizeof(problem)), -EINVAL);
    ck_assert_int_eq(trace_echo_set(NULL, problem, sizeof(problem)), 0);
    ck_assert_uint_eq(global[0].Control.Level, 0);
    trace_echo_set_sink(NULL, NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("trace/record");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    unsetenv("OPENWDF_TRACE");
    unsetenv("OPENWDF_TRACE_DIR");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_was_written_is_read);
    tcase_add_test(tcase, texts_too_long_are_cut_and_say_so);
    tcase_add_test(tcase, a_null_text_is_shown_as_such);
    tcase_add_test(tcase, the_latest_are_kept_when_a_ring_is_full);
    tcase_add_test(tcase, a_reader_that_is_too_slow_knows_it);
    tcase_add_test(tcase, errors_of_the_recorder_survive_a_flood);
    tcase_add_test(tcase, logs_have_names_and_end);
    tcase_add_test(tcase, threads_have_rings_of_their_own_and_leave_them);
    tcase_add_test(tcase, switches_can_be_set_from_outside);
    tcase_add_test(tcase, a_module_that_comes_back_finds_its_place);
    tcase_add_test(tcase, a_saved_trace_needs_nothing_else);
    tcase_add_test(tcase, a_file_that_is_no_trace_is_refused);
    tcase_add_test(tcase, what_is_asked_for_at_once_is_given_at_once);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
