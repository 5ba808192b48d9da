/* SPDX-License-Identifier: MIT */
/*
 * The driver store: what an installation leaves in the registry and on the disk, that a removal takes
 * all of it away again, and that killed at any instant it is before or after.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manager/mgr_ports.h"
#include "manager/mgr_store.h"
#include "sys/clock.h"
#include "sys/memory.h"

#define ROUNDS 40

#define CONTROL "Machine\\SYSTEM\\CurrentControlSet\\"

static char folder[] = "/tmp/openwdf-store-XXXXXX";
static struct mgr_store *store;
static struct mgr_error error;

/* A function driver with parameters, an upper filter, an interface and firmware. */
static const char echo_inf[] =
    "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=Sample\n"
    "ClassGuid={78A1C341-4539-11d3-B88D-00C04FAD5171}\nProvider=%P%\n"
    "DriverVer=01/31/2024,1.2.3.4\n"
    "[DestinationDirs]\nDefaultDestDir=13\nFw=11,firmware\n"
    "[ClassInstall32]\nAddReg=ClassReg\n[ClassReg]\nHKR,,Icon,,-5\n"
    "[Manufacturer]\n%P%=M,NTamd64,NTarm64\n"
    "[M.NTamd64]\n\"Echo device\"=Echo,root\\Echo\n[M.NTarm64]\n\"Echo device\"=Echo,root\\Echo\n"
    "[Echo.NT]\nCopyFiles=Drivers,Fw\nAddReg=Software\n[Drivers]\necho.sys\nfilter.sys\n"
    "[Fw]\nfw.bin\n[Software]\nHKR,,Depth,0x10001,4\nHKR,Sub,Path,0x20000,%%SystemRoot%%\n"
    "[Echo.NT.HW]\nAddReg=Hardware\n[Hardware]\nHKR,,UpperFilters,0x10008,EchoFilter\n"
    "HKR,,Port,0x10001,7\n"
    "[Echo.NT.Services]\nAddService=Echo,2,EchoService\nAddService=EchoFilter,,FilterService\n"
    "[EchoService]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%13%\\echo.sys\n"
    "AddReg=Parameters\n[Parameters]\nHKR,Parameters,Limit,0x10001,9\n"
    "[FilterService]\nServiceType=1\nStartType=3\nErrorControl=0\n"
    "ServiceBinary=%13%\\filter.sys\n"
    "[Echo.NT.Interfaces]\nAddInterface={cdc35b6e-0be4-4936-bf5f-5537380a7c1a},,IfReg\n"
    "[IfReg]\nAddReg=If\n[If]\nHKR,,Friendly,,echo\n"
    "[Strings]\nP=\"Some company\"\n";

/* A better driver for the same device. */
static const char newer_inf[] =
    "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=Sample\n"
    "ClassGuid={78A1C341-4539-11d3-B88D-00C04FAD5171}\nProvider=P\nDriverVer=01/31/2025,1.0.0.0\n"
    "[Manufacturer]\nP=M,NTamd64,NTarm64\n[M.NTamd64]\n\"Newer\"=N,root\\Echo\n"
    "[M.NTarm64]\n\"Newer\"=N,root\\Echo\n[N.NT]\n"
    "[N.NT.Services]\nAddService=Newer,2,S\n[S]\nServiceType=1\nStartType=3\nErrorControl=1\n"
    "ServiceBinary=%13%\\newer.sys\n";

static void
write_file(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void
make_folder(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static const char *
path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void
must_open_store(void)
{
    ck_assert_msg(mgr_store_open(&store, &error) == 0, "%s", error.text);
}

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    make_folder("echo");
    make_folder("newer");
    write_file("echo/echo.inf", echo_inf);
    write_file("echo/Echo.so", "the driver");
    write_file("echo/filter.so", "the filter");
    write_file("echo/fw.bin", "firmware");
    write_file("newer/newer.inf", newer_inf);
    write_file("newer/newer.so", "the newer driver");
    (void)setenv("OPENWDF_STATE_DIR", path_of("state"), 1);
    (void)unsetenv("OPENWDF_ROOT");
    must_open_store();
}

static void
teardown(void)
{
    char command[64];

    mgr_store_close(store);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static reg_key
open_key(const char *path)
{
    reg_key key;

    ck_assert_msg(reg_key_open(mgr_store_registry(store), REG_ROOT, path, 0, &key) == 0, "%s",
                  path);
    return key;
}

static void
expect_text(const char *path, const char *name, const char *expected)
{
    char *text;

    ck_assert_msg(reg_get_text(mgr_store_registry(store), open_key(path), name, &text) == 0, "%s",
                  name);
    ck_assert_str_eq(text, expected);
    sys_free(text);
}

static void
expect_number(const char *path, const char *name, uint32_t expected)
{
    uint32_t number;

    ck_assert_int_eq(reg_get_number(mgr_store_registry(store), open_key(path), name, &number), 0);
    ck_assert_uint_eq(number, expected);
}

static bool
exists(const char *path)
{
    reg_key key;

    return reg_key_open(mgr_store_registry(store), REG_ROOT, path, 0, &key) == 0;
}

/* Everything in the registry, as text. */
static char *
registry_text(void)
{
    char *text;

    ck_assert_int_eq(reg_export(mgr_store_registry(store), REG_ROOT, &text), 0);
    return text;
}

static unsigned
packages_on_disk(void)
{
    DIR *directory = opendir(path_of("state/drivers"));
    struct dirent *item;
    unsigned count = 0;

    ck_assert_ptr_nonnull(directory);
    while ((item = readdir(directory)) != NULL) {
        count += item->d_name[0] != '.' || strncmp(item->d_name, ".new", 4) == 0;
    }
    closedir(directory);
    return count;
}

static int
install(const char *inf, struct mgr_installed *installed)
{
    struct mgr_install_params params = {.path = path_of(inf)};
    struct mgr_installed unused;

    return mgr_store_install(store, &params, installed != NULL ? installed : &unused, &error);
}

static void
must_install(const char *inf, struct mgr_installed *installed)
{
    ck_assert_msg(install(inf, installed) == 0, "%s", error.text);
}

START_TEST(an_installation_writes_what_windows_would)
{
    struct mgr_installed installed;
    struct mgr_package package;

    must_install("echo/echo.inf", &installed);
    ck_assert_str_eq(installed.published, "oem0.inf");
    ck_assert_str_eq(installed.device, "ROOT\\ECHO\\0000");
    ck_assert_uint_eq(installed.devices, 1);
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "Service", "Echo");
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "DeviceDesc", "Echo device");
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "Mfg", "Some company");
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "UpperFilters", "EchoFilter");
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "HardwareID", "root\\Echo");
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "Driver",
                "{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0000");
    expect_number(CONTROL "Enum\\ROOT\\ECHO\\0000\\Device Parameters", "Port", 7);
    expect_text(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}", "Class",
                "Sample");
    expect_text(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}", "Icon", "-5");
    expect_number(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0000", "Depth",
                  4);
    expect_text(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0000", "InfPath",
                "oem0.inf");
    expect_text(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0000",
                "DriverVersion", "1.2.3.4");
    expect_number(CONTROL "Services\\Echo", "Start", 3);
    expect_number(CONTROL "Services\\Echo\\Parameters", "Limit", 9);
    expect_number(CONTROL "Services\\EchoFilter", "ErrorControl", 0);
    expect_text(CONTROL "Control\\DeviceClasses\\{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}\\##?#ROOT#"
                        "ECHO#0000#{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}\\#\\Device Parameters",
                "Friendly", "echo");
    ck_assert_int_eq(access(path_of("state/root/Windows/System32/firmware/fw.bin"), R_OK), 0);
    ck_assert_int_eq(mgr_store_package_of(store, "root\\echo\\0000", &package, &error), 0);
    ck_assert_int_eq(access(package.module, R_OK), 0);
    ck_assert_ptr_nonnull(strstr(package.module, "/Echo.so"));
    ck_assert_int_eq(install("echo/echo.inf", NULL), -EEXIST);
    ck_assert_str_eq(error.text, "it is installed already, as oem0.inf");
    ck_assert_uint_eq(packages_on_disk(), 1);
}
END_TEST

START_TEST(a_removal_leaves_nothing)
{
    char *before = registry_text();
    char *after;

    must_install("echo/echo.inf", NULL);
    ck_assert_int_eq(mgr_store_uninstall(store, "echo.inf", &error), 0);
    after = registry_text();
    ck_assert_str_eq(before, after);
    ck_assert_uint_eq(packages_on_disk(), 0);
    ck_assert_int_ne(access(path_of("state/root/Windows/System32/firmware/fw.bin"), F_OK), 0);
    ck_assert_int_eq(mgr_store_uninstall(store, "oem0.inf", &error), -ENOENT);
    ck_assert_str_eq(error.text, "no package is called oem0.inf");
    sys_free(before);
    sys_free(after);
}
END_TEST

START_TEST(the_better_driver_wins_and_its_removal_brings_the_other_back)
{
    char *with_one;
    char *again;

    must_install("echo/echo.inf", NULL);
    with_one = registry_text();
    must_install("newer/newer.inf", NULL);
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "Service", "Newer");
    /* What the other driver's INF had written about the device is gone. */
    ck_assert(!exists(CONTROL "Enum\\ROOT\\ECHO\\0000\\Device Parameters"));
    ck_assert(exists(CONTROL "Services\\Echo"));
    ck_assert(!exists(CONTROL "Enum\\ROOT\\ECHO\\0001"));
    ck_assert_int_eq(mgr_store_uninstall(store, "newer.inf", &error), 0);
    expect_text(CONTROL "Enum\\ROOT\\ECHO\\0000", "Service", "Echo");
    again = registry_text();
    ck_assert_uint_eq(strlen(with_one), strlen(again)); /* Only the order of values may differ. */
    sys_free(with_one);
    sys_free(again);
}
END_TEST

START_TEST(devices_are_made_removed_and_disabled)
{
    struct mgr_install_params params = {
        .path = path_of("echo/echo.inf"), .device = MGR_DEVICE_NEW, .hardware_id = "ROOT\\echo"};
    struct mgr_installed installed;
    char path[256];

    (void)snprintf(path, sizeof(path), "%s", params.path);
    params.path = path;
    ck_assert_msg(mgr_store_install(store, &params, &installed, &error) == 0, "%s", error.text);
    ck_assert_msg(mgr_store_install(store, &params, &installed, &error) == 0, "%s", error.text);
    ck_assert_str_eq(installed.device, "ROOT\\ECHO\\0001");
    ck_assert_uint_eq(installed.devices, 2);
    ck_assert_int_eq(mgr_store_set_disabled(store, "root\\echo\\0001", true), 0);
    expect_number(CONTROL "Enum\\ROOT\\ECHO\\0001", "ConfigFlags", 1);
    ck_assert_int_eq(mgr_store_remove_device(store, "ROOT\\ECHO\\0001", &error), 0);
    ck_assert(!exists(CONTROL "Enum\\ROOT\\ECHO\\0001"));
    ck_assert(!exists(CONTROL "Control\\Class\\{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0001"));
    ck_assert(exists(CONTROL "Enum\\ROOT\\ECHO\\0000"));
    ck_assert_int_eq(mgr_store_remove_device(store, "ROOT\\ECHO\\0001", &error), -ENOENT);
    params.hardware_id = "root\\other";
    ck_assert_int_eq(mgr_store_install(store, &params, &installed, &error), -ENOENT);
    ck_assert_str_eq(error.text, "no model of the INF has the hardware id \"root\\other\"");
}
END_TEST

START_TEST(a_child_of_a_bus_gets_its_driver_when_it_comes)
{
    static const char *const hardware[] = {"TOASTER\\Thing", NULL};
    static const char *const compatible[] = {"x", "root\\Echo", NULL};
    struct mgr_install_params params = {.path = path_of("echo/echo.inf"),
                                        .device = MGR_DEVICE_NONE};
    struct mgr_installed installed;

    ck_assert_int_eq(mgr_store_configure(store, "BUS\\THING\\1", hardware, compatible, &error),
                     -ENOENT);
    ck_assert_int_eq(mgr_store_install(store, &params, &installed, &error), 0);
    ck_assert_str_eq(installed.device, "");
    /* It was there already, without a driver. */
    ck_assert_uint_eq(installed.devices, 1);
    expect_text(CONTROL "Enum\\BUS\\THING\\1", "Service", "Echo");
    ck_assert_int_eq(mgr_store_configure(store, "BUS\\THING\\2", hardware, compatible, &error), 0);
    expect_text(CONTROL "Enum\\BUS\\THING\\2", "Driver",
                "{78A1C341-4539-11d3-B88D-00C04FAD5171}\\0001");
    ck_assert_int_eq(mgr_store_remove_device(store, "BUS\\THING\\2", &error), -EPERM);
    /* Its bus brings it again: the device stays when the driver goes. */
    ck_assert_int_eq(mgr_store_uninstall(store, "oem0.inf", &error), 0);
    ck_assert(exists(CONTROL "Enum\\BUS\\THING\\1"));
    ck_assert_int_eq(mgr_store_configure(store, "BUS\\THING\\1", hardware, compatible, &error),
                     -ENOENT);
}
END_TEST

#define PORTS "{4D36E978-E325-11CE-BFC1-08002BE10318}"
#define MODEM "{4D36E96D-E325-11CE-BFC1-08002BE10318}"

/* An INF for root\\<name> in that class; `hardware` is its .HW section's, `software` its install section's. */
static void
write_port(const char *name, const char *guid, const char *software, const char *hardware)
{
    char text[2048];
    char file[64];

    (void)snprintf(text, sizeof(text),
                   "[Version]\nSignature=\"$WINDOWS NT$\"\nClass=C%s\nClassGuid=%s\nProvider=P\n"
                   "DriverVer=01/31/2024,1.0.0.0\n[Manufacturer]\nP=M,NTamd64,NTarm64\n"
                   "[M.NTamd64]\n\"%s\"=I,root\\%s\n[M.NTarm64]\n\"%s\"=I,root\\%s\n"
                   "[I.NT]\nAddReg=Sw\n[Sw]\n%s[I.NT.HW]\nAddReg=Hw\n[Hw]\n%s"
                   "[I.NT.Services]\nAddService=%s,2,S\n[S]\nServiceType=1\nStartType=3\n"
                   "ErrorControl=1\nServiceBinary=%%13%%\\newer.sys\n",
                   guid + 30, guid, name, name, name, name, software, hardware, name);
    (void)snprintf(file, sizeof(file), "newer/%s.inf", name);
    write_file(file, text);
}

/* Which of the first eight COM numbers are taken, as bits. */
static unsigned
ports_taken(void)
{
    struct reg_value value;
    unsigned bits;

    ck_assert_int_eq(reg_value_get(mgr_store_registry(store),
                                   open_key(CONTROL "Control\\COM Name Arbiter"), "ComDB", &value),
                     0);
    ck_assert_uint_eq(value.size, 32);
    bits = *(const uint8_t *)value.data;
    reg_value_free(&value);
    return bits;
}

static bool
has_port_name(const char *path)
{
    char *text;
    reg_key key;

    if (reg_key_open(mgr_store_registry(store), REG_ROOT, path, 0, &key) != 0 ||
        reg_get_text(mgr_store_registry(store), key, "PortName", &text) != 0) {
        return false;
    }
    sys_free(text);
    return true;
}

#define HARDWARE(name) CONTROL "Enum\\ROOT\\" name "\\0000\\Device Parameters"

START_TEST(ports_and_modems_get_com_numbers)
{
    write_port("FIXED", PORTS, "", "HKR,,PortName,,COM2\n");
    write_port("FIRST", PORTS, "", "HKR,,DeviceType,0x10001,0x1b\n");
    write_port("MODEM", MODEM, "HKR,,DeviceType,1,02\n", "");
    write_port("PRINTER", PORTS, "HKR,,PortSubClass,1,00\n", "");
    write_port("OWN", PORTS, "", "HKR,,PortName,,TTY\n");
    must_install("newer/FIXED.inf", NULL);
    must_install("newer/FIRST.inf", NULL);
    must_install("newer/MODEM.inf", NULL);
    must_install("newer/PRINTER.inf", NULL);
    must_install("newer/OWN.inf", NULL);
    expect_text(HARDWARE("FIXED"), "PortName", "COM2");
    expect_text(HARDWARE("FIRST"), "PortName", "COM1");
    expect_text(CONTROL "Enum\\ROOT\\FIRST\\0000", "FriendlyName", "FIRST (COM1)");
    expect_text(HARDWARE("MODEM"), "PortName", "COM3");
    expect_text(CONTROL "Control\\Class\\" MODEM "\\0000", "AttachedTo", "COM3");
    ck_assert(!has_port_name(HARDWARE("PRINTER")));
    expect_text(HARDWARE("OWN"), "PortName", "TTY");
    ck_assert_uint_eq(ports_taken(), 7);

    ck_assert_int_eq(mgr_store_uninstall(store, "FIRST.inf", &error), 0);
    ck_assert_uint_eq(ports_taken(), 6);
    ck_assert_int_eq(mgr_store_remove_device(store, "ROOT\\MODEM\\0000", &error), 0);
    ck_assert_uint_eq(ports_taken(), 2);
}
END_TEST

START_TEST(another_driver_leaves_a_port_its_number)
{
    write_port("FIRST", PORTS, "", "");
    write_port("SECOND", PORTS, "", "");
    must_install("newer/FIRST.inf", NULL);
    must_install("newer/SECOND.inf", NULL);
    ck_assert_int_eq(mgr_store_uninstall(store, "FIRST.inf", &error), 0);
    ck_assert_uint_eq(ports_taken(), 2);
    write_port("SECOND", PORTS, "HKR,,Other,0x10001,1\n", "");
    must_install("newer/SECOND.inf", NULL);
    expect_text(HARDWARE("SECOND"), "PortName", "COM2");
    expect_text(CONTROL "Enum\\ROOT\\SECOND\\0000", "FriendlyName", "SECOND (COM2)");
    ck_assert_uint_eq(ports_taken(), 2);
}
END_TEST

START_TEST(a_port_that_is_not_installed_has_a_number_while_it_runs)
{
    bool made;

    ck_assert_int_eq(ports_begin("ROOT\\RUN\\0000", PORTS, "Run", &made), 0);
    ck_assert(made);
    expect_text(HARDWARE("RUN"), "PortName", "COM1");
    ck_assert_uint_eq(ports_taken(), 1);
    ports_end("ROOT\\RUN\\0000");
    ck_assert(!has_port_name(HARDWARE("RUN")));
    ck_assert_uint_eq(ports_taken(), 0);

    /* What somebody wrote stays. */
    ck_assert_int_eq(
        reg_set_text(mgr_store_registry(store), open_key(HARDWARE("RUN")), "PortName", "COM5"), 0);
    ck_assert_int_eq(ports_begin("ROOT\\RUN\\0000", PORTS, "Run", &made), 0);
    ck_assert(!made);
    expect_text(HARDWARE("RUN"), "PortName", "COM5");
    ck_assert_uint_eq(ports_taken(), 16);

    ck_assert_int_eq(
        ports_begin("ROOT\\OTHER\\0000", "{78A1C341-4539-11d3-B88D-00C04FAD5171}", "Other", &made),
        0);
    ck_assert(!made && !has_port_name(HARDWARE("OTHER")));
}
END_TEST

START_TEST(a_package_that_is_not_whole_is_refused_and_leaves_nothing)
{
    char *before = registry_text();
    char *after;

    ck_assert_int_eq(unlink(path_of("echo/filter.so")), 0);
    ck_assert_int_eq(install("echo/echo.inf", NULL), -ENOENT);
    ck_assert_ptr_nonnull(strstr(error.text, "the INF's driver is filter.sys"));
    write_file("echo/bad.inf", "[Version]\nSignature=\"$Windows NT$\"\n[Manufacturer]\na=M\n[M]\n"
                               "d=I,root\\x\n[I]\nAddReg=Missing\n");
    ck_assert_int_eq(install("echo/bad.inf", NULL), -ENOENT);
    ck_assert_str_eq(error.text, "bad.inf:8: AddReg: there is no section [Missing]");
    ck_assert_int_eq(install("echo/none.inf", NULL), -ENOENT);
    after = registry_text();
    ck_assert_str_eq(before, after);
    ck_assert_uint_eq(packages_on_disk(), 0);
    sys_free(before);
    sys_free(after);
}
END_TEST

/* A byte in the pipe for each step. After step `last` (0: none is) it waits for its end. */
static void
tell_step(int pipe_fd, int *step, int last)
{
    if (write(pipe_fd, "", 1) != 1) {
        _exit(2);
    }
    while (++*step == last) {
        (void)pause();
        --*step;
    }
}

/* Installs and removes, again and again, until it is killed. */
static void
work_for_ever(int pipe_fd, int last)
{
    int step = 0;

    for (;;) {
        if (install("echo/echo.inf", NULL) != 0 && error.text[0] != '\0' &&
            strstr(error.text, "already") == NULL) {
            _exit(1);
        }
        tell_step(pipe_fd, &step, last);
        if (mgr_store_uninstall(store, "echo.inf", &error) != 0) {
            _exit(2);
        }
        tell_step(pipe_fd, &step, last);
    }
}

START_TEST(killed_at_any_instant_the_store_is_before_or_after)
{
    char *before = registry_text();
    char *installed;
    unsigned seed = 3;
    unsigned found_installed = 0;
    unsigned found_empty = 0;
    int round;

    must_install("echo/echo.inf", NULL);
    installed = registry_text();
    ck_assert_int_eq(mgr_store_uninstall(store, "echo.inf", &error), 0);
    mgr_store_close(store);
    for (round = 0; round < ROUNDS; round++) {
        char byte;
        char *now;
        int status;
        int fds[2];
        pid_t pid;
        int i;

        ck_assert_int_eq(pipe(fds), 0);
        pid = fork();

        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            if (mgr_store_open(&store, &error) != 0) {
                _exit(3);
            }
            /* In some rounds it holds still, so that each state is found, however busy the machine. */
            work_for_ever(fds[1], round % 6 < 3 ? 0 : round % 3);
        }
        (void)close(fds[1]);
        /* On its way up; behind an installation; behind a removal. */
        for (i = 0; i < round % 3; i++) {
            ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        }
        sys_sleep_until(sys_now_ns() + (uint64_t)(rand_r(&seed) % 25000) * 1000);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        (void)close(fds[0]);
        must_open_store();
        now = registry_text();
        if (strcmp(now, installed) == 0) {
            found_installed++;
            ck_assert_uint_eq(packages_on_disk(), 1);
            ck_assert_int_eq(access(path_of("state/root/Windows/System32/firmware/fw.bin"), R_OK),
                             0);
            ck_assert_int_eq(mgr_store_uninstall(store, "echo.inf", &error), 0);
        } else {
            ck_assert_str_eq(now, before);
            found_empty++;
            ck_assert_uint_eq(packages_on_disk(), 0);
            ck_assert_int_ne(access(path_of("state/root/Windows/System32/firmware/fw.bin"), F_OK),
                             0);
        }
        sys_free(now);
        mgr_store_close(store);
    }
    ck_assert_uint_gt(found_installed, 0);
    ck_assert_uint_gt(found_empty, 0);
    sys_free(before);
    sys_free(installed);
    must_open_store();
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("store");
    Suite *suite = suite_create("store");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, an_installation_writes_what_windows_would);
    tcase_add_test(tcase, a_removal_leaves_nothing);
    tcase_add_test(tcase, the_better_driver_wins_and_its_removal_brings_the_other_back);
    tcase_add_test(tcase, devices_are_made_removed_and_disabled);
    tcase_add_test(tcase, a_child_of_a_bus_gets_its_driver_when_it_comes);
    tcase_add_test(tcase, ports_and_modems_get_com_numbers);
    tcase_add_test(tcase, another_driver_leaves_a_port_its_number);
    tcase_add_test(tcase, a_port_that_is_not_installed_has_a_number_while_it_runs);
    tcase_add_test(tcase, a_package_that_is_not_whole_is_refused_and_leaves_nothing);
    tcase_add_test(tcase, killed_at_any_instant_the_store_is_before_or_after);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
