/* SPDX-License-Identifier: MIT */
/* Ordinary files for drivers: they live in one folder and nothing leads out of it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io_fixture.h"

static char root[] = "/tmp/openwdf-files-XXXXXX";

static void
setup(void)
{
    fixture_setup();
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(io_set_file_root(root), STATUS_SUCCESS);
}

static void
teardown(void)
{
    char command[100];

    fixture_teardown();
    snprintf(command, sizeof(command), "rm -r %s", root);
    ck_assert_int_eq(system(command), 0);
}

static NTSTATUS
open_name(const WCHAR *name, ACCESS_MASK access, ULONG disposition, ULONG options, HANDLE *handle,
          ULONG_PTR *information)
{
    UNICODE_STRING string = fixture_string(name);
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status;

    InitializeObjectAttributes(&attributes, &string, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    status =
        ZwCreateFile(handle, access | SYNCHRONIZE, &attributes, &iosb, NULL, FILE_ATTRIBUTE_NORMAL,
                     FILE_SHARE_READ, disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (information != NULL) {
        *information = iosb.Information;
    }
    return status;
}

static bool
exists(const char *name)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

START_TEST(a_written_file_is_read_back)
{
    IO_STATUS_BLOCK iosb;
    ULONG_PTR information;
    char buffer[10] = {0};
    HANDLE handle;

    ck_assert_int_eq(
        open_name(L"\\??\\C:\\log.txt", GENERIC_WRITE, FILE_CREATE, 0, &handle, &information),
        STATUS_SUCCESS);
    ck_assert_uint_eq(information, FILE_CREATED);
    ck_assert_int_eq(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, "hello", 5, NULL, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, " you", 4, NULL, NULL),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(iosb.Information, 4);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(exists("log.txt"));

    ck_assert_int_eq(
        open_name(L"\\DosDevices\\C:\\LOG.TXT", GENERIC_READ, FILE_OPEN, 0, &handle, &information),
        STATUS_SUCCESS);
    ck_assert_uint_eq(information, FILE_OPENED);
    ck_assert_int_eq(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 9, NULL, NULL),
                     STATUS_SUCCESS);
    ck_assert_str_eq(buffer, "hello you");
    ck_assert_int_eq(ZwReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 9, NULL, NULL),
                     STATUS_END_OF_FILE);
    ck_assert_int_eq(ZwWriteFile(handle, NULL, NULL, NULL, &iosb, "x", 1, NULL, NULL),
                     STATUS_ACCESS_DENIED);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
}
END_TEST

START_TEST(system_root_is_a_folder_below_the_root)
{
    HANDLE handle;

    ck_assert_int_eq(
        open_name(L"\\SystemRoot\\fw.bin", GENERIC_WRITE, FILE_OVERWRITE_IF, 0, &handle, NULL),
        STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(exists("Windows/fw.bin"));
}
END_TEST

START_TEST(information_is_queried_and_set)
{
    FILE_STANDARD_INFORMATION standard;
    FILE_END_OF_FILE_INFORMATION end = {.EndOfFile.QuadPart = 1000};
    FILE_DISPOSITION_INFORMATION disposition = {.DeleteFile = TRUE};
    IO_STATUS_BLOCK iosb;
    HANDLE handle;

    ck_assert_int_eq(open_name(L"\\??\\C:\\a", GENERIC_WRITE, FILE_CREATE, 0, &handle, NULL),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        ZwSetInformationFile(handle, &iosb, &end, sizeof(end), FileEndOfFileInformation),
        STATUS_SUCCESS);
    ck_assert_int_eq(
        ZwQueryInformationFile(handle, &iosb, &standard, sizeof(standard), FileStandardInformation),
        STATUS_SUCCESS);
    ck_assert_int_eq(standard.EndOfFile.QuadPart, 1000);
    ck_assert(!standard.Directory);
    ck_assert_int_eq(ZwQueryInformationFile(handle, &iosb, &standard, 4, FileStandardInformation),
                     STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_int_eq(ZwSetInformationFile(handle, &iosb, &disposition, sizeof(disposition),
                                          FileDispositionInformation),
                     STATUS_SUCCESS);
    ck_assert(exists("a"));
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(!exists("a"));
}
END_TEST

START_TEST(dispositions_mean_what_they_say)
{
    ULONG_PTR information;
    HANDLE handle;

    ck_assert_int_eq(open_name(L"\\??\\C:\\x", GENERIC_READ, FILE_OPEN, 0, &handle, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(open_name(L"\\??\\C:\\no\\x", GENERIC_READ, FILE_OPEN, 0, &handle, NULL),
                     STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(open_name(L"\\??\\C:\\x", GENERIC_WRITE, FILE_OVERWRITE, 0, &handle, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(
        open_name(L"\\??\\C:\\x", GENERIC_WRITE, FILE_OPEN_IF, 0, &handle, &information),
        STATUS_SUCCESS);
    ck_assert_uint_eq(information, FILE_CREATED);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(L"\\??\\C:\\x", GENERIC_WRITE, FILE_CREATE, 0, &handle, NULL),
                     STATUS_OBJECT_NAME_COLLISION);
    ck_assert_int_eq(
        open_name(L"\\??\\C:\\x", GENERIC_READ, FILE_OPEN, FILE_DIRECTORY_FILE, &handle, NULL),
        STATUS_NOT_A_DIRECTORY);
    ck_assert_int_eq(
        open_name(L"\\??\\C:\\dir", GENERIC_READ, FILE_CREATE, FILE_DIRECTORY_FILE, &handle, NULL),
        STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(L"\\??\\C:\\dir", GENERIC_READ, FILE_OPEN, FILE_NON_DIRECTORY_FILE,
                               &handle, NULL),
                     STATUS_FILE_IS_A_DIRECTORY);
}
END_TEST

START_TEST(no_name_leads_out_of_the_root)
{
    static const WCHAR *const names[] = {L"\\??\\C:\\..\\etc\\passwd",
                                         L"\\??\\C:\\Windows\\..\\..\\etc\\passwd",
                                         L"\\SystemRoot\\..\\..\\etc\\passwd",
                                         L"\\??\\C:\\link\\passwd",
                                         L"\\??\\C:\\file",
                                         L"\\??\\C:\\..",
                                         L"\\??\\C:\\a/../../etc/passwd",
                                         L"\\??\\C:\\.\\Windows"};
    char path[200];
    HANDLE handle;

    snprintf(path, sizeof(path), "%s/link", root);
    ck_assert_int_eq(symlink("/etc", path), 0);
    snprintf(path, sizeof(path), "%s/file", root);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        NTSTATUS status = open_name(names[i], GENERIC_READ, FILE_OPEN, 0, &handle, NULL);

        ck_assert_msg(!NT_SUCCESS(status), "name %u was opened", i);
        ck_assert_msg(
            !NT_SUCCESS(open_name(names[i], GENERIC_WRITE, FILE_OPEN_IF, 0, &handle, NULL)),
            "name %u was made", i);
    }
}
END_TEST

START_TEST(a_device_that_blocks_is_no_regular_file)
{
    char path[200];
    HANDLE handle;

    snprintf(path, sizeof(path), "%s/pipe", root);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(open_name(L"\\??\\C:\\pipe", GENERIC_READ, FILE_OPEN, 0, &handle, NULL),
                     STATUS_ACCESS_DENIED);
}
END_TEST

START_TEST(a_file_is_found_relative_to_a_folder_and_deleted_by_name)
{
    UNICODE_STRING name = fixture_string(L"inner");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE folder;
    HANDLE handle;

    ck_assert_int_eq(
        open_name(L"\\??\\C:\\dir", GENERIC_READ, FILE_CREATE, FILE_DIRECTORY_FILE, &folder, NULL),
        STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, folder, NULL);
    ck_assert_int_eq(ZwCreateFile(&handle, GENERIC_WRITE, &attributes, &iosb, NULL, 0, 0,
                                  FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert(exists("dir/inner"));
    ck_assert_int_eq(ZwDeleteFile(&attributes), STATUS_SUCCESS);
    ck_assert(!exists("dir/inner"));
    ck_assert_int_eq(ZwClose(folder), STATUS_SUCCESS);
}
END_TEST

START_TEST(without_a_root_there_are_no_files)
{
    HANDLE handle;

    ck_assert_int_eq(io_set_file_root(NULL), STATUS_SUCCESS);
    ck_assert_int_eq(open_name(L"\\??\\C:\\x", GENERIC_WRITE, FILE_OPEN_IF, 0, &handle, NULL),
                     STATUS_OBJECT_PATH_NOT_FOUND);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("files");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_written_file_is_read_back);
    tcase_add_test(tests, system_root_is_a_folder_below_the_root);
    tcase_add_test(tests, information_is_queried_and_set);
    tcase_add_test(tests, dispositions_mean_what_they_say);
    tcase_add_test(tests, no_name_leads_out_of_the_root);
    tcase_add_test(tests, a_device_that_blocks_is_no_regular_file);
    tcase_add_test(tests, a_file_is_found_relative_to_a_folder_and_deleted_by_name);
    tcase_add_test(tests, without_a_root_there_are_no_files);
    return fixture_run("nt/io/files", tests);
}
