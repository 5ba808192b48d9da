/* SPDX-License-Identifier: MIT */
/* Tables of the ACPI firmware: the header that all have, and the place of a connector (_PLD). */
#ifndef _ACPITABL_H_
#define _ACPITABL_H_

#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma pack(push, 1)

typedef struct _DESCRIPTION_HEADER {
    ULONG Signature;
    ULONG Length;
    UCHAR Revision;
    UCHAR Checksum;
    CHAR OEMID[6];
    CHAR OEMTableID[8];
    ULONG OEMRevision;
    CHAR CreatorID[4];
    ULONG CreatorRev;
} DESCRIPTION_HEADER, *PDESCRIPTION_HEADER;

/* Physical location of a device, in the fields of ACPI's _PLD, revision 2. */
typedef struct _ACPI_PLD_BUFFER {
    UINT32 Revision : 7;
    UINT32 IgnoreColor : 1;
    UINT32 Color : 24;
    UINT32 Width : 16;
    UINT32 Height : 16;
    UINT32 UserVisible : 1;
    UINT32 Dock : 1;
    UINT32 Lid : 1;
    UINT32 Panel : 3;
    UINT32 VerticalPosition : 2;
    UINT32 HorizontalPosition : 2;
    UINT32 Shape : 4;
    UINT32 GroupOrientation : 1;
    UINT32 GroupToken : 8;
    UINT32 GroupPosition : 8;
    UINT32 Bay : 1;
    UINT32 Ejectable : 1;
    UINT32 EjectionRequired : 1;
    UINT32 CabinetNumber : 8;
    UINT32 CardCageNumber : 8;
    UINT32 Reference : 1;
    UINT32 Rotation : 4;
    UINT32 Order : 5;
    UINT32 Reserved : 4;
    UINT32 VerticalOffset : 16;
    UINT32 HorizontalOffset : 16;
} ACPI_PLD_BUFFER, *PACPI_PLD_BUFFER;

#pragma pack(pop)

typedef enum _ACPI_PLD_PANEL {
    AcpiPldPanelTop = 0,
    AcpiPldPanelBottom = 1,
    AcpiPldPanelLeft = 2,
    AcpiPldPanelRight = 3,
    AcpiPldPanelFront = 4,
    AcpiPldPanelBack = 5,
    AcpiPldPanelUnknown = 6
} ACPI_PLD_PANEL, *PACPI_PLD_PANEL;

typedef enum _ACPI_PLD_ROTATION {
    AcpiPldRotation0 = 0,
    AcpiPldRotation45 = 1,
    AcpiPldRotation90 = 2,
    AcpiPldRotation135 = 3,
    AcpiPldRotation180 = 4,
    AcpiPldRotation225 = 5,
    AcpiPldRotation270 = 6,
    AcpiPldRotation315 = 7
} ACPI_PLD_ROTATION, *PACPI_PLD_ROTATION;

#ifdef __cplusplus
}
#endif

#endif
