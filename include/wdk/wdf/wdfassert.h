/* SPDX-License-Identifier: MIT */
/* Assertions that act while the verifier is on for the driver. */
#ifndef OWDF_WDFASSERT_H
#define OWDF_WDFASSERT_H

WDF_EXTERN_C_START

/* Breaks when the expression is false and the driver's verifier settings say so. */
#define WDFVERIFY(exp)                                                                             \
    {                                                                                              \
        if ((WdfDriverGlobals->DriverFlags & WdfVerifyOn) && !(exp)) {                             \
            RtlAssert((PVOID) #exp, (PVOID)__FILE__, __LINE__, NULL);                              \
        }                                                                                          \
    }

#define VERIFY_IS_IRQL_PASSIVE_LEVEL() WDFVERIFY(KeGetCurrentIrql() == PASSIVE_LEVEL)
#define IS_AT_PASSIVE()                WDFVERIFY(KeGetCurrentIrql() == PASSIVE_LEVEL)

/* At compile time. */
#define WDFCASSERT(c)                                                                              \
    {                                                                                              \
        typedef char owdf_assertion[(c) ? 1 : -1] __attribute__((unused));                         \
    }

WDF_EXTERN_C_END

#endif
