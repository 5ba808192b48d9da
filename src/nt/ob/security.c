/* SPDX-License-Identifier: MIT */
/*
 * Security of objects. Who may open a device is decided outside the host, before a request gets here: a descriptor that
 * a driver sets is checked, and has no effect.
 */
#include <ntddk.h>

#include "base/atomic.h"
#include "base/log.h"

/* STATUS_INVALID_SECURITY_DESCR; else as for the handle. IRQL PASSIVE_LEVEL. */
NTSTATUS
ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                    PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    static uint32_t said;
    PVOID object;
    NTSTATUS status = ObReferenceObjectByHandle(Handle, WRITE_DAC, NULL, KernelMode, &object, NULL);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    ObDereferenceObject(object);
    if (SecurityDescriptor == NULL || !RtlValidSecurityDescriptor(SecurityDescriptor)) {
        return STATUS_INVALID_SECURITY_DESCR;
    }
    if (atomic_xchg_u32(&said, 1) == 0) {
        base_log(
            BASE_LOG_INFO, "nt",
            "ZwSetSecurityObject: who may open is decided outside the host; the descriptor is not "
            "used");
    }
    return STATUS_SUCCESS;
}
