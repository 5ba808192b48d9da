/* SPDX-License-Identifier: MIT */
/* How COM interfaces are written down in C and C++. */
#ifndef _BASETYPS_H_
#define _BASETYPS_H_

#include <guiddef.h>

#ifdef __cplusplus
#ifndef EXTERN_C
#define EXTERN_C extern "C"
#endif
#define interface                struct
#define STDMETHOD(method)        virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE                     = 0
#define THIS_
#define THIS                                void
#define DECLARE_INTERFACE(iface)            interface iface
#define DECLARE_INTERFACE_(iface, baseface) interface iface : public baseface
#else
#ifndef EXTERN_C
#define EXTERN_C extern
#endif
#define interface                struct
#define STDMETHOD(method)        HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS  INTERFACE *This
#define DECLARE_INTERFACE(iface)                                                                   \
    typedef interface iface {                                                                      \
        struct iface##Vtbl *lpVtbl;                                                                \
    } iface;                                                                                       \
    typedef struct iface##Vtbl iface##Vtbl;                                                        \
    struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, baseface) DECLARE_INTERFACE(iface)
#endif
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define STDAPI              EXTERN_C HRESULT
#define STDAPI_(type)       EXTERN_C type
#define STDMETHODIMP        HRESULT
#define STDMETHODIMP_(type) type
#define BEGIN_INTERFACE
#define END_INTERFACE

#endif
