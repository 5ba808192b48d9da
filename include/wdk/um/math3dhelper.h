/* SPDX-License-Identifier: MIT */
/*
 * Vectors and quaternions of sensors' drivers in C++. How near two numbers must be for FloatEq is not documented, nor are the
 * ratios of angles and the class of quaternions, which drivers use.
 */
#ifndef _MATH3DHELPER_H_
#define _MATH3DHELPER_H_

#include <sensorsstructures.h>
#include <math.h>

#ifdef __cplusplus
extern "C++" {

constexpr FLOAT RadToDegRatio = 57.29577951308232f;
constexpr FLOAT DegToRadRatio = 0.017453292519943295f;

/* Near enough for single precision. */
inline bool
FloatEq(FLOAT x, FLOAT y)
{
    return fabsf(x - y) < 1e-6f;
}

/* The remainder of a division, never negative. */
inline FLOAT
RealModulo(FLOAT x, FLOAT y)
{
    FLOAT rest = fmodf(x, y);

    return rest < 0 ? rest + fabsf(y) : rest;
}

class CVEC3D : public VEC3D {
  public:
    CVEC3D() : CVEC3D(0, 0, 0)
    {
    }
    CVEC3D(FLOAT _X, FLOAT _Y, FLOAT _Z)
    {
        X = _X;
        Y = _Y;
        Z = _Z;
    }
    CVEC3D(const VEC3D &_V) : VEC3D(_V)
    {
    }
    CVEC3D &operator+=(const VEC3D &_V)
    {
        X += _V.X;
        Y += _V.Y;
        Z += _V.Z;
        return *this;
    }
    CVEC3D &operator-=(const VEC3D &_V)
    {
        X -= _V.X;
        Y -= _V.Y;
        Z -= _V.Z;
        return *this;
    }
};

class CQUATERNION : public QUATERNION {
  public:
    CQUATERNION()
    {
        X = Y = Z = 0;
        W = 1;
    }
    CQUATERNION(const QUATERNION &_Q) : QUATERNION(_Q)
    {
    }
    /* The rotation as an angle in radians about an axis, which is optional. */
    FLOAT
    ToAngleAxis(VEC3D *Axis) const
    {
        FLOAT sine = sqrtf(X * X + Y * Y + Z * Z);

        if (Axis != NULL) {
            Axis->X = sine > 0 ? X / sine : 0;
            Axis->Y = sine > 0 ? Y / sine : 0;
            Axis->Z = sine > 0 ? Z / sine : 0;
        }
        return 2 * atan2f(sine, W);
    }
};
}
#endif

#endif
