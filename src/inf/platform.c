/* SPDX-License-Identifier: MIT */
/*
 * Which sections are for this machine:
 *
 *     NT[Architecture][.[OSMajor][.[OSMinor][.[ProductType][.[SuiteMask][.[BuildNumber]]]]]]
 *
 * Of those that fit, the one with the highest version that is not above ours is taken; then one with
 * architecture before one without; then the one that says more.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inf/inf_priv.h"

#define PARTS 6

enum part {
    MAJOR = 1,
    MINOR,
    PRODUCT,
    SUITE,
    BUILD
};

#define PRODUCT_WORKSTATION 1u

int
inf_number(const char *text, uint64_t *ret_number)
{
    bool hex = (text[0] == 'x' || text[0] == 'X');
    char *end;

    if (text[0] == '\0') {
        *ret_number = 0;
        return 0;
    }
    errno = 0;
    *ret_number =
        hex ? strtoull(text + 1, &end, 16)
            : strtoull(text, &end,
                       strncasecmp(text, "0x", 2) == 0 || strncasecmp(text, "-0x", 3) == 0 ? 16
                                                                                           : 10);
    return errno != 0 || *end != '\0' || end == text + hex ? -EINVAL : 0;
}

/* "NT", "NTamd64": 1 without architecture, 2 with ours, 0 for another one. */
static unsigned
architecture_score(const char *text, size_t length)
{
    if (length < 2 || strncasecmp(text, "NT", 2) != 0) {
        return 0;
    }
    if (length == 2) {
        return 1;
    }
    return length == strlen(INF_PLATFORM) && strncasecmp(text, INF_PLATFORM, length) == 0 ? 2 : 0;
}

/* Cuts at the dots. Numbers that are left out are 0 and not `given`. False: malformed. */
static bool
split(const char *text, size_t length, uint64_t numbers[PARTS], bool given[PARTS],
      size_t *ret_first)
{
    size_t at = 0;
    unsigned part;

    for (part = 0; part < PARTS; part++) {
        char piece[24];
        size_t start = at;
        size_t size;

        while (at < length && text[at] != '.') {
            at++;
        }
        size = at - start;
        numbers[part] = 0;
        given[part] = size != 0;
        if (part == 0) {
            *ret_first = size;
        } else if (size != 0) {
            if (size >= sizeof(piece)) {
                return false;
            }
            memcpy(piece, text + start, size);
            piece[size] = '\0';
            if (inf_number(piece, &numbers[part]) != 0) {
                return false;
            }
        }
        if (at == length) {
            for (part++; part < PARTS; part++) {
                numbers[part] = 0;
                given[part] = false;
            }
            return true;
        }
        at++;
    }
    return false; /* More parts than there are. */
}

uint64_t
inf_decoration_score(const char *decoration, size_t length)
{
    uint64_t numbers[PARTS];
    bool given[PARTS];
    unsigned architecture;
    size_t first;

    if (length == 0) {
        return 1; /* Anything decorated that fits is better. */
    }
    if (!split(decoration, length, numbers, given, &first)) {
        return 0;
    }
    architecture = architecture_score(decoration, first);
    if (architecture == 0 || numbers[MAJOR] > INF_OS_MAJOR ||
        (numbers[MAJOR] == INF_OS_MAJOR && numbers[MINOR] > INF_OS_MINOR)) {
        return 0;
    }
    if (given[PRODUCT] && numbers[PRODUCT] != PRODUCT_WORKSTATION) {
        return 0;
    }
    if (given[SUITE] && numbers[SUITE] != 0) {
        return 0; /* We are no suite. */
    }
    /* A build number counts only for exactly our version. */
    if (given[BUILD] && numbers[MAJOR] == INF_OS_MAJOR && numbers[MINOR] == INF_OS_MINOR &&
        numbers[BUILD] > INF_OS_BUILD) {
        return 0;
    }
    if (numbers[BUILD] > 0xffffffu) {
        return 0;
    }
    return (uint64_t)1 << 62 | numbers[MAJOR] << 48 | numbers[MINOR] << 40 | numbers[BUILD] << 8 |
           (uint64_t)architecture << 4 | (uint64_t)given[PRODUCT] << 1 | 2;
}

/* Whether `name` is base[.decoration]suffix; the decoration's place. */
static bool
has_form(const char *name, const char *base, const char *suffix, const char **ret_decoration,
         size_t *ret_length)
{
    size_t base_length = strlen(base);
    size_t suffix_length = strlen(suffix);
    size_t length = strlen(name);

    if (length < base_length + suffix_length || strncasecmp(name, base, base_length) != 0 ||
        strcasecmp(name + length - suffix_length, suffix) != 0) {
        return false;
    }
    length -= base_length + suffix_length;
    if (length == 0) {
        *ret_decoration = "";
        *ret_length = 0;
        return true;
    }
    if (name[base_length] != '.') {
        return false;
    }
    *ret_decoration = name + base_length + 1;
    *ret_length = length - 1;
    return *ret_length != 0;
}

bool
inf_decorated_section(const struct inf *inf, const char *base, const char *suffix, char *out)
{
    uint64_t best = 0;
    const char *name;
    unsigned i;

    for (i = 0; (name = inf_section_at(inf, i)) != NULL; i++) {
        const char *decoration;
        size_t length;
        uint64_t score;

        if (strlen(name) >= INF_SECTION_SIZE ||
            !has_form(name, base, suffix, &decoration, &length)) {
            continue;
        }
        score = inf_decoration_score(decoration, length);
        if (score > best) {
            best = score;
            strcpy(out, name);
        }
    }
    return best != 0;
}
