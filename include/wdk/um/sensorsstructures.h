/* SPDX-License-Identifier: MIT */
/* Vectors and matrices of sensors' drivers. */
#ifndef _SENSORSSTRUCTURES_H_
#define _SENSORSSTRUCTURES_H_

#include <windows.h>

typedef enum AXIS {
    AXIS_X = 0,
    AXIS_Y,
    AXIS_Z,
    AXIS_MAX
} AXIS, *PAXIS;

typedef struct VEC3D {
    FLOAT X;
    FLOAT Y;
    FLOAT Z;
} VEC3D, *PVEC3D;

typedef struct QUATERNION {
    FLOAT X;
    FLOAT Y;
    FLOAT Z;
    FLOAT W;
} QUATERNION, *PQUATERNION;

typedef struct MATRIX3X3 {
    union {
        struct {
            FLOAT A11, A12, A13;
            FLOAT A21, A22, A23;
            FLOAT A31, A32, A33;
        };
        struct {
            VEC3D V1, V2, V3;
        };
        FLOAT M[3][3];
    };
} MATRIX3X3, *PMATRIX3X3;

#endif
