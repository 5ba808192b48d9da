/*
 * What @name@ and its applications agree on. Applications include <initguid.h> before it in one of
 * their files.
 */
#ifndef @NAME@_PUBLIC_H
#define @NAME@_PUBLIC_H

/* {@guid-interface@} */
DEFINE_GUID(GUID_DEVINTERFACE_@NAME@, @guid-interface-c@);

#endif
