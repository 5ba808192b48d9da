/* SPDX-License-Identifier: MIT */
/* Which run time a driver module needs preloaded; and that no damaged module gets more than "none". */
#include <check.h>
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "manager/mgr_sanitizer.h"

extern char **environ;

/* The smallest module that needs libraries: one segment for all of the file, loaded at BASE. */
#define BASE 0x1000u
struct module {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Dyn dynamic[5];
    char strings[128];
};

/* The module's file is in memory only. */
static char path[64];
static int fd = -1;

static void
setup(void)
{
    fd = memfd_create("module", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
}

static void
teardown(void)
{
    close(fd);
}

/* A module that needs libc.so.6 and `library`, with a run path. */
static struct module
make(const char *library, const char *run_path)
{
    struct module module = {
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
                   .e_type = ET_DYN,
                   .e_phoff = sizeof(Elf64_Ehdr),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .segments = {{.p_type = PT_LOAD,
                      .p_vaddr = BASE,
                      .p_filesz = sizeof(struct module),
                      .p_memsz = sizeof(struct module)},
                     {.p_type = PT_DYNAMIC,
                      .p_offset = offsetof(struct module, dynamic),
                      .p_vaddr = BASE + offsetof(struct module, dynamic),
                      .p_filesz = sizeof(module.dynamic)}},
        .dynamic = {{.d_tag = DT_NEEDED, .d_un = {.d_val = 1}},
                    {.d_tag = DT_NEEDED, .d_un = {.d_val = 16}},
                    {.d_tag = DT_RUNPATH, .d_un = {.d_val = 64}},
                    {.d_tag = DT_STRTAB,
                     .d_un = {.d_ptr = BASE + offsetof(struct module, strings)}},
                    {.d_tag = DT_NULL}},
    };

    (void)snprintf(module.strings + 1, 15, "libc.so.6");
    (void)snprintf(module.strings + 16, 48, "%s", library);
    (void)snprintf(module.strings + 64, 64, "%s", run_path);
    return module;
}

static bool
ask(const void *bytes, size_t size, char *found, size_t found_size)
{
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(pwrite(fd, bytes, size, 0), (ssize_t)size);
    return mgr_sanitizer_runtime(path, found, found_size);
}

START_TEST(the_run_time_is_found_by_name_and_run_path)
{
    static const struct {
        const char *library;
        const char *run_path;
        const char *expected; /* NULL: none. */
    } cases[] = {
        {"libasan.so.8", "", "libasan.so.8"},
        {"libtsan.so.2", "/nowhere:relative", "libtsan.so.2"},
        {"libclang_rt.asan-x86_64.so", "/nowhere", "libclang_rt.asan-x86_64.so"},
        {"libclang_rt.ubsan_standalone-x86_64.so", "", NULL},
        {"libm.so.6", "", NULL},
        {"", "", NULL},
    };
    struct module module = make(cases[_i].library, cases[_i].run_path);
    char found[256] = "";

    ck_assert_int_eq(ask(&module, sizeof(module), found, sizeof(found)),
                     cases[_i].expected != NULL);
    if (cases[_i].expected != NULL) {
        ck_assert_str_eq(found, cases[_i].expected);
    }
}
END_TEST

START_TEST(the_folder_that_holds_it_is_named)
{
    char folder[] = "/tmp/owdf-runtime-XXXXXX";
    char file[64];
    char run_path[64];
    char found[256];
    struct module module;
    FILE *made;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(file, sizeof(file), "%s/libasan.so.8", folder);
    (void)snprintf(run_path, sizeof(run_path), "/nowhere:%s", folder);
    made = fopen(file, "w");
    ck_assert_ptr_nonnull(made);
    (void)fclose(made);
    module = make("libasan.so.8", run_path);
    ck_assert(ask(&module, sizeof(module), found, sizeof(found)));
    ck_assert_str_eq(found, file);
    unlink(file);
    rmdir(folder);
}
END_TEST

START_TEST(a_name_without_room_is_none)
{
    struct module module = make("libasan.so.8", "");
    char found[8];

    ck_assert(!ask(&module, sizeof(module), found, sizeof(found)));
}
END_TEST

START_TEST(damaged_modules_get_an_answer)
{
    struct module module = make("libasan.so.8", "/nowhere");
    char found[256];
    size_t i;

    for (i = 0; i < sizeof(module); i++) {
        (void)ask(&module, i, found, sizeof(found));
    }
    for (i = 0; i < sizeof(module); i++) {
        static const unsigned char values[] = {0x00, 0x7f, 0x80, 0xff};
        size_t v;

        for (v = 0; v < sizeof(values); v++) {
            struct module damaged = module;

            ((unsigned char *)&damaged)[i] = values[v];
            (void)ask(&damaged, sizeof(damaged), found, sizeof(found));
        }
    }
    ck_assert(!mgr_sanitizer_runtime("/nowhere/at/all", found, sizeof(found)));
    ck_assert(!mgr_sanitizer_runtime("/tmp", found, sizeof(found)));
}
END_TEST

START_TEST(the_environment_keeps_what_was_preloaded)
{
    char **copy;
    size_t count = 0;
    size_t others = 0;

    ck_assert_int_eq(setenv("LD_PRELOAD", "first.so", 1), 0);
    copy = mgr_sanitizer_environment("/x/libasan.so");
    ck_assert_ptr_nonnull(copy);
    ck_assert_str_eq(copy[0], "LD_PRELOAD=/x/libasan.so:first.so");
    while (copy[count] != NULL) {
        count++;
    }
    while (environ[others] != NULL) {
        others++;
    }
    ck_assert_uint_eq(count, others);
    mgr_sanitizer_environment_free(copy);
    ck_assert_int_eq(unsetenv("LD_PRELOAD"), 0);
    copy = mgr_sanitizer_environment("a.so");
    ck_assert_ptr_nonnull(copy);
    ck_assert_str_eq(copy[0], "LD_PRELOAD=a.so");
    mgr_sanitizer_environment_free(copy);
    mgr_sanitizer_environment_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("manager/sanitizer");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, the_run_time_is_found_by_name_and_run_path, 0, 6);
    tcase_add_test(tcase, the_folder_that_holds_it_is_named);
    tcase_add_test(tcase, a_name_without_room_is_none);
    tcase_add_test(tcase, damaged_modules_get_an_answer);
    tcase_add_test(tcase, the_environment_keeps_what_was_preloaded);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
