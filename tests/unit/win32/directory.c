/* SPDX-License-Identifier: MIT */
/* Files by their Windows names: drives, back-slashes, any case in any part, modules under the suffix they have there. */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <check.h>

static const char *root;

static void
write_file(const char *name)
{
    FILE *file = fopen(name, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fputs("x", file) < 0, 0);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(names_are_found_in_any_case)
{
    ck_assert(CreateDirectoryA("C:\\Windows", NULL));
    ck_assert(CreateDirectoryA("c:\\WINDOWS\\System32", NULL));
    ck_assert(CreateDirectoryW(L"C:\\windows\\SYSTEM32\\drivers", NULL));
    ck_assert_int_eq(chdir(root), 0);
    write_file("Windows/System32/drivers/One.txt");
    ck_assert(CopyFileA("C:\\windows\\system32\\DRIVERS\\one.TXT", "C:\\WINDOWS\\system32\\Two.txt",
                        TRUE));
    ck_assert_int_eq(access("Windows/System32/Two.txt", F_OK), 0);
    ck_assert_uint_eq(GetFileAttributesA("windows\\system32\\two.TXT"), FILE_ATTRIBUTE_NORMAL);
    ck_assert_uint_eq(GetFileAttributesA(".\\windows\\..\\WINDOWS\\System32"),
                      FILE_ATTRIBUTE_DIRECTORY);
    ck_assert_uint_eq(GetFileAttributesA("C:\\windows\\nowhere\\two.TXT"), INVALID_FILE_ATTRIBUTES);
    ck_assert_uint_eq(GetFileAttributesA("C:\\windows\\three.TXT"), INVALID_FILE_ATTRIBUTES);
    ck_assert(DeleteFileA("WINDOWS\\SYSTEM32\\TWO.TXT"));
    ck_assert_int_ne(access("Windows/System32/Two.txt", F_OK), 0);
}
END_TEST

START_TEST(a_module_has_the_suffix_of_windows)
{
    ck_assert(CreateDirectoryA("C:\\Mods", NULL));
    ck_assert_int_eq(chdir(root), 0);
    write_file("Mods/drv.so");
    ck_assert_uint_eq(GetFileAttributesA("c:\\mods\\DRV.sys"), FILE_ATTRIBUTE_NORMAL);
    ck_assert_uint_eq(GetFileAttributesA("c:\\mods\\drv.dll"), FILE_ATTRIBUTE_NORMAL);
    ck_assert_uint_eq(GetFileAttributesA("c:\\mods\\drv.exe"), INVALID_FILE_ATTRIBUTES);
    ck_assert_uint_eq(GetFileAttributesA("c:\\mods\\drv.sys\\x"), INVALID_FILE_ATTRIBUTES);
}
END_TEST

int
main(int count, char **arguments)
{
    Suite *suite = suite_create("win32/directory");
    TCase *tests = tcase_create("directory");
    SRunner *runner;
    char command[64];
    int failed;

    root = getenv("OPENWDF_ROOT");
    if (count == 1) {
        /* The library looks where C: is before main begins: once more, with a folder of our own. */
        char folder[] = "/tmp/owdf-directory-XXXXXX";
        char again[] = "again";

        if (mkdtemp(folder) == NULL || setenv("OPENWDF_ROOT", folder, 1) != 0) {
            return EXIT_FAILURE;
        }
        (void)execv("/proc/self/exe", (char *[]){arguments[0], again, NULL});
        return EXIT_FAILURE;
    }
    tcase_add_test(tests, names_are_found_in_any_case);
    tcase_add_test(tests, a_module_has_the_suffix_of_windows);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    (void)snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command) == 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
