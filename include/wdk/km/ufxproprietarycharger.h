/* SPDX-License-Identifier: MIT */
/* Chargers of a maker's own at a USB function controller's port. */
#ifndef __UFXPROPRIETARYCHARGER_H__
#define __UFXPROPRIETARYCHARGER_H__

#include <wdm.h>

typedef struct _UFX_PROPRIETARY_CHARGER {
    GUID ChargerId;
    DEVICE_POWER_STATE DxState;
} UFX_PROPRIETARY_CHARGER, *PUFX_PROPRIETARY_CHARGER;

#endif
