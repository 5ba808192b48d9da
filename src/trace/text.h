/* SPDX-License-Identifier: MIT */
/* A text that is being made in a buffer of fixed size; what does not fit is cut off with "...". */
#ifndef OPENWDF_TRACE_TEXT_H
#define OPENWDF_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_text {
    char *buffer;
    size_t size;
    size_t used;
    bool cut;
};

void trace_text_init(struct trace_text *text, char *buffer, size_t size);
void trace_text_put(struct trace_text *text, const char *bytes, size_t count);
void trace_text_format(struct trace_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Terminates it, without trailing blanks (which is what line ends became). */
void trace_text_end(struct trace_text *text);

/* Values in their usual spelling. `size` bytes are readable; too few are shown in hexadecimal. */
void trace_text_guid(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_sid(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_hex(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_ipv6(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_socket_address(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_narrow(struct trace_text *text, const uint8_t *bytes, size_t size);
void trace_text_wide(struct trace_text *text, const uint8_t *bytes, size_t size);

/* 100 ns since 1601 UTC as date and time; milliseconds as days~h:m:s. */
void trace_text_time(struct trace_text *text, uint64_t time_100ns);
void trace_text_duration(struct trace_text *text, int64_t milliseconds);

#endif
