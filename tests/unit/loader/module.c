/* SPDX-License-Identifier: MIT */
/* Opening driver modules: what is accepted, and what is said about what is not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "loader/elf_image.h"
#include "loader/module.h"

static struct module_error error;

/* Opens what must be refused. */
static NTSTATUS
refused(const char *path)
{
    struct module *module = NULL;
    NTSTATUS status = module_open(path, &module, &error);

    ck_assert_msg(!NT_SUCCESS(status), "%s was accepted", path);
    ck_assert_ptr_null(module);
    ck_assert_msg(strstr(error.text, path) != NULL, "the message does not name the file: %s",
                  error.text);
    return status;
}

/* A temporary file with these bytes; the name stays valid until the next call. */
static const char *
file_with(const void *bytes, size_t size)
{
    static char path[] = "/tmp/openwdf-module-XXXXXX";
    int fd;

    strcpy(path + sizeof(path) - 7, "XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, bytes, size), (int)size);
    close(fd);
    return path;
}

/* The good module's bytes. */
static unsigned char *
good_bytes(size_t *ret_size)
{
    FILE *file = fopen(GOOD_MODULE, "rb");
    unsigned char *bytes;
    long size;

    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    bytes = malloc((size_t)size);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    *ret_size = (size_t)size;
    return bytes;
}

START_TEST(a_wdm_driver_without_the_stub_opens)
{
    struct module *module;
    uintptr_t start;
    uintptr_t end;
    int *answer;

    ck_assert_int_eq(module_open(GOOD_MODULE, &module, &error), STATUS_SUCCESS);
    ck_assert_int_eq(module_kind(module), MODULE_DRIVER);
    ck_assert_str_eq(module_name(module), "unit-loader-module-good");
    answer = module_symbol(module, "module_answer");
    ck_assert_ptr_nonnull(answer);
    ck_assert_int_eq(*answer, 42);
    ck_assert_ptr_null(module_symbol(module, "no_such_symbol"));
    module_code_range(module_symbol(module, "DriverEntry"), &start, &end);
    ck_assert(start <= (uintptr_t)module_symbol(module, "DriverEntry"));
    ck_assert((uintptr_t)module_symbol(module, "DriverEntry") < end);
    module_code_range(&start, &start, &end);
    ck_assert_uint_eq(end, 0);
    module_close(module);
}
END_TEST

START_TEST(all_missing_functions_are_named_at_once_and_no_code_runs)
{
    ck_assert_int_eq(refused(MISSING_MODULE), STATUS_ENTRYPOINT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.text, "needs 2 functions"));
    ck_assert_ptr_nonnull(strstr(error.text, "KeNobodyHasThis"));
    ck_assert_ptr_nonnull(strstr(error.text, "IoNorThis"));
    ck_assert_ptr_null(strstr(error.text, "it_may_be_absent"));
}
END_TEST

START_TEST(a_shared_object_without_an_entry_point_is_refused)
{
    ck_assert_int_eq(refused(NO_ENTRY_MODULE), STATUS_DRIVER_ENTRYPOINT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.text, "DriverEntry"));
}
END_TEST

START_TEST(a_missing_file_is_refused)
{
    ck_assert_int_eq(refused("/nonexistent/driver.so"), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(a_folder_an_empty_file_and_a_text_file_are_refused)
{
    ck_assert_int_eq(refused("/tmp"), STATUS_INVALID_IMAGE_FORMAT);
    ck_assert_int_eq(refused(file_with("", 0)), STATUS_INVALID_IMAGE_FORMAT);
    ck_assert_int_eq(refused(file_with("int main;\n", 10)), STATUS_INVALID_IMAGE_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.text, "not an ELF file"));
}
END_TEST

START_TEST(another_architecture_and_an_executable_are_refused)
{
    size_t size;
    unsigned char *bytes = good_bytes(&size);
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)bytes;
    Elf64_Half machine = header->e_machine;

    header->e_machine = EM_RISCV;
    ck_assert_int_eq(refused(file_with(bytes, size)), STATUS_INVALID_IMAGE_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.text, "another processor architecture"));
    header->e_machine = machine;
    header->e_type = ET_EXEC;
    ck_assert_int_eq(refused(file_with(bytes, size)), STATUS_INVALID_IMAGE_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.text, "not a shared object"));
    free(bytes);
}
END_TEST

/* The parser sees every length; under a memory sanitizer it may not read past any of them. */
START_TEST(no_truncation_makes_the_parser_read_outside_the_file)
{
    size_t size;
    unsigned char *bytes = good_bytes(&size);
    struct elf_image image;

    for (size_t length = 0; length < size; length += length < 512 ? 1 : 97) {
        void *part = malloc(length == 0 ? 1 : length);

        memcpy(part, bytes, length);
        ck_assert_ptr_nonnull(elf_image_parse(part, length, &image));
        free(part);
    }
    ck_assert_ptr_null(elf_image_parse(bytes, size, &image));
    ck_assert(elf_image_defines(&image, "DriverEntry"));
    free(bytes);
}
END_TEST

START_TEST(no_damaged_byte_makes_the_parser_read_outside_the_file)
{
    size_t size;
    unsigned char *bytes = good_bytes(&size);
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)bytes;
    size_t sections = header->e_shoff;

    for (size_t i = 0; i < size; i += i < 64 || i >= sections ? 1 : 61) {
        unsigned char former = bytes[i];
        struct elf_image image;

        bytes[i] ^= 0xFF;
        if (elf_image_parse(bytes, size, &image) == NULL) {
            size_t cursor = 0;

            (void)elf_image_defines(&image, "DriverEntry");
            while (elf_image_dynamic_string(&image, DT_NEEDED, &cursor) != NULL) {
            }
        }
        bytes[i] = former;
    }
    free(bytes);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("loader/module");
    TCase *tests = tcase_create("module");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, a_wdm_driver_without_the_stub_opens);
    tcase_add_test(tests, all_missing_functions_are_named_at_once_and_no_code_runs);
    tcase_add_test(tests, a_shared_object_without_an_entry_point_is_refused);
    tcase_add_test(tests, a_missing_file_is_refused);
    tcase_add_test(tests, a_folder_an_empty_file_and_a_text_file_are_refused);
    tcase_add_test(tests, another_architecture_and_an_executable_are_refused);
    tcase_add_test(tests, no_truncation_makes_the_parser_read_outside_the_file);
    tcase_add_test(tests, no_damaged_byte_makes_the_parser_read_outside_the_file);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
