/* SPDX-License-Identifier: MIT */
/* INF files. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "inf/inf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inf_device device;
    struct inf_error error;
    struct inf *inf;
    int result = inf_parse("fuzz.inf", data, size, &inf, &error);

    if (result == 0) {
        result = inf_select(inf, NULL, &device, &error);
        inf_close(inf);
    }
    if (result == -EINVAL && error.text[0] == '\0') {
        abort();
    }
    return 0;
}
