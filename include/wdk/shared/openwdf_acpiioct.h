/* SPDX-License-Identifier: MIT */
/* What is newer in <acpiioct.h> than the header that the build lets through. */
#ifndef OPENWDF_ACPIIOCT_H
#define OPENWDF_ACPIIOCT_H

#include <ntdef.h>

#define IOCTL_ACPI_GET_DEVICE_SPECIFIC_DATA                                                        \
    CTL_CODE(FILE_DEVICE_ACPI, 14, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define IOCTL_ACPI_GET_DEVICE_SPECIFIC_DATA_SIGNATURE 'HieA'

/* The first version of the structures has names of its own since there is a second. */
#define ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE_V1 ACPI_EVAL_OUTPUT_BUFFER_SIGNATURE
typedef ACPI_METHOD_ARGUMENT ACPI_METHOD_ARGUMENT_V1, *PACPI_METHOD_ARGUMENT_V1;
typedef ACPI_EVAL_INPUT_BUFFER ACPI_EVAL_INPUT_BUFFER_V1, *PACPI_EVAL_INPUT_BUFFER_V1;
typedef ACPI_EVAL_OUTPUT_BUFFER ACPI_EVAL_OUTPUT_BUFFER_V1, *PACPI_EVAL_OUTPUT_BUFFER_V1;

typedef struct _ACPI_GET_DEVICE_SPECIFIC_DATA {
    ULONG Signature;
    GUID Section;
    ULONG PropertyNameLength;
    UCHAR PropertyName[ANYSIZE_ARRAY];
} ACPI_GET_DEVICE_SPECIFIC_DATA, *PACPI_GET_DEVICE_SPECIFIC_DATA;

#endif
