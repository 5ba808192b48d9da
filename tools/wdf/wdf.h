/* SPDX-License-Identifier: MIT */
/* The `wdf` command: one file for each sub-command. */
#ifndef OPENWDF_TOOLS_WDF_H
#define OPENWDF_TOOLS_WDF_H

#include <stddef.h>
#include <stdint.h>

enum wdf_exit {
    WDF_EXIT_OK = 0,
    WDF_EXIT_FAILED = 1,  /* The driver did not start; the request failed. */
    WDF_EXIT_CRASHED = 2, /* The host died. */
    WDF_EXIT_USAGE = 3,
    WDF_EXIT_NO_DEVICE = 4, /* wdf io: nobody serves that name, or the driver refused the open. */
};

int wdf_new(int argc, char **argv);
int wdf_build(int argc, char **argv);
int wdf_run(int argc, char **argv);
int wdf_debug(int argc, char **argv);
int wdf_io(int argc, char **argv);
int wdf_states(int argc, char **argv);
int wdf_reg(int argc, char **argv);
int wdf_trace(int argc, char **argv);
int wdf_install(int argc, char **argv);
int wdf_uninstall(int argc, char **argv);
int wdf_devices(int argc, char **argv);
int wdf_power(int argc, char **argv);
int wdf_wmi(int argc, char **argv);

/* start, stop … : argv[0] says which. */
int wdf_action(int argc, char **argv);

/* "wdf run: …" on standard error; returns WDF_EXIT_USAGE. */
int wdf_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes for a person: offset, hexadecimal, text (cmd_io.c). */
void wdf_print_dump(const uint8_t *data, size_t size);

/* ---- Reading arguments (arguments.c) ---- */

/* A decimal, 0x or 0 number. 0 or -EINVAL. */
int wdf_parse_number(const char *text, uint64_t most, uint64_t *ret_value);

/*
 * An I/O control code: a number, CTL_CODE(type, function, method, access), or the same four separated
 * by commas. type: a number or FILE_DEVICE_…; method: a number, METHOD_… or BUFFERED, IN_DIRECT,
 * OUT_DIRECT, NEITHER; access: a number, FILE_…_ACCESS or ANY, READ, WRITE, READ|WRITE. 0 or -EINVAL.
 */
int wdf_parse_ioctl(const char *text, uint32_t *ret_code);

/*
 * Hexadecimal digits, with blanks, commas, colons or 0x between the bytes. Returns the bytes, for
 * free(); NULL when malformed.
 */
uint8_t *wdf_parse_hex(const char *text, size_t *ret_size);

#endif
