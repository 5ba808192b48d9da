/* SPDX-License-Identifier: MIT */
/* Of the Windows Runtime's sensors, what their drivers name: enumerations. OpenWDF does not have the Windows Runtime. */
#ifndef __windows2Edevices2Esensors_h__
#define __windows2Edevices2Esensors_h__

#ifdef __cplusplus
namespace ABI {
namespace Windows {
namespace Devices {
namespace Sensors {
#endif

enum SimpleOrientation {
    SimpleOrientation_NotRotated = 0,
    SimpleOrientation_Rotated90DegreesCounterclockwise = 1,
    SimpleOrientation_Rotated180DegreesCounterclockwise = 2,
    SimpleOrientation_Rotated270DegreesCounterclockwise = 3,
    SimpleOrientation_Faceup = 4,
    SimpleOrientation_Facedown = 5
};

#ifdef __cplusplus
}
}
}
}
#endif

#endif
