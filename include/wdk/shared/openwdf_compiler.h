/* SPDX-License-Identifier: MIT */
/*
 * What driver sources expect of Microsoft's compiler, said in Clang's and GCC's words: __declspec,
 * sized integers, calling conventions, __pragma. Every public header reaches this one first.
 *
 * __int64 is `long`, not `long long`: SIZE_T, ULONGLONG and size_t are then one type, as they are on
 * 64-bit Windows.
 */
#ifndef OPENWDF_COMPILER_H
#define OPENWDF_COMPILER_H

#if !defined(__GNUC__)
#error "OpenWDF's headers need Clang or GCC."
#endif
#if __SIZEOF_POINTER__ != 8 || __SIZEOF_LONG__ != 8
#error "OpenWDF's headers are for 64-bit Linux."
#endif
#if __SIZEOF_WCHAR_T__ != 2
#error "Compile with -fshort-wchar: WCHAR is a 16-bit wchar_t."
#endif

/*
 * What Microsoft's compiler takes without a word, and only Clang warns of. Here and not among the flags: GCC lists
 * each -Wno- option that it does not know as soon as it has something else to say.
 */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wmicrosoft-anon-tag"
#pragma clang diagnostic ignored "-Wmicrosoft-enum-forward-reference"
#pragma clang diagnostic ignored "-Wpragma-pack"
#pragma clang diagnostic ignored "-Wparentheses-equality"
#endif

/* Internal to these headers. */
#define OWDF_EXPORT   __attribute__((visibility("default")))
#define OWDF_INLINE   static __inline__ __attribute__((unused))
#define OWDF_NORETURN __attribute__((noreturn))
#ifdef __cplusplus
#define OWDF_NOTHROW          noexcept
#define OWDF_BEGIN_EXTERN_C   extern "C" {
#define OWDF_END_EXTERN_C     }
#define OWDF_STATIC_ASSERT(e) static_assert(e, #e)
#else
#define OWDF_NOTHROW
#define OWDF_BEGIN_EXTERN_C
#define OWDF_END_EXTERN_C
#define OWDF_STATIC_ASSERT(e) _Static_assert(e, #e)
#endif

/*
 * Sized integers. `__int64` may follow `unsigned`, so these are macros. With OPENWDF_FIXUPS the build rewrites
 * the preprocessed text (a driver's own `long` has 32 bits then) and must know one from the other.
 */
#define __int8 char
#define __int16 short
#define __int32 int
#ifdef OPENWDF_FIXUPS
#define __int64 __owdf_int64
#else
#define __int64 long
#endif

/* Calling conventions: there is one. */
#undef __cdecl
#undef __stdcall
#undef __fastcall
#undef __thiscall
#undef __vectorcall
#undef __pascal
#undef _cdecl
#undef _stdcall
#undef _fastcall
#define __cdecl
#define __stdcall
#define __fastcall
#define __thiscall
#define __vectorcall
#define __pascal
#define _cdecl
#define _stdcall
#define _fastcall
#define __clrcall
#define __export

/* Pointer qualifiers. */
#undef __ptr32
#undef __ptr64
#undef __w64
#undef __unaligned
#undef __sptr
#undef __uptr
#define __ptr32
#define __ptr64
#define __w64
#define __unaligned
#define __sptr
#define __uptr

/*
 * Inlining. With MSVC an inline function of a C source has a body of its own wherever it is needed, and the
 * linker keeps one of them: GNU's older inline does the same (modules are linked with -z muldefs), and
 * `static` may stand before it. Spelled __inline__, because drivers define `inline`.
 */
#undef __inline
#undef __forceinline
#undef _inline
#undef _forceinline
#ifdef __cplusplus
#define __inline __inline__
#define __forceinline __inline__ __attribute__((always_inline))
#define _inline __inline__
#else
#define __inline __inline__ __attribute__((gnu_inline))
#define __forceinline __inline__ __attribute__((always_inline, gnu_inline))
#define _inline __inline__ __attribute__((gnu_inline))
#endif
#define _forceinline __forceinline

/*
 * __declspec: the argument's first token picks the translation. Inside its own expansion the word
 * __declspec is not expanded again, so what only Clang itself can do (uuid, property) reaches it.
 */
#undef __declspec
#define __declspec(x) OWDF_DECLSPEC_(x)
#define OWDF_DECLSPEC_(x)         OWDF_DECLSPEC_##x
#define OWDF_DECLSPEC_align(n)    __attribute__((aligned(n)))
#define OWDF_DECLSPEC_allocate(s) __attribute__((section(s)))
#define OWDF_DECLSPEC_allocator
#define OWDF_DECLSPEC_code_seg(s)
#define OWDF_DECLSPEC_deprecated __attribute__((deprecated))
#define OWDF_DECLSPEC_dllexport  __attribute__((visibility("default")))
#define OWDF_DECLSPEC_dllimport
#define OWDF_DECLSPEC_empty_bases
#define OWDF_DECLSPEC_guard(x)
#define OWDF_DECLSPEC_hybrid_guard
#define OWDF_DECLSPEC_naked __attribute__((naked))
#define OWDF_DECLSPEC_noalias
#define OWDF_DECLSPEC_noinitall
#define OWDF_DECLSPEC_noinline __attribute__((noinline))
#define OWDF_DECLSPEC_noreturn __attribute__((noreturn))
#define OWDF_DECLSPEC_no_init_all
#define OWDF_DECLSPEC_no_sanitize_address __attribute__((no_sanitize_address))
#define OWDF_DECLSPEC_nothrow             __attribute__((nothrow))
#define OWDF_DECLSPEC_novtable
#define OWDF_DECLSPEC_restrict
#define OWDF_DECLSPEC_safebuffers
#define OWDF_DECLSPEC_selectany __attribute__((weak))
#define OWDF_DECLSPEC_spectre(x)
#define OWDF_DECLSPEC_strict_gs_check
#define OWDF_DECLSPEC_thread __thread
#ifdef __clang__
#define OWDF_DECLSPEC_property(...) __declspec(property(__VA_ARGS__))
#define OWDF_DECLSPEC_uuid(x)       __declspec(uuid(x))
#else
#define OWDF_DECLSPEC_uuid(x)
#endif

/*
 * Windows' structures end in arrays of one that stand for many, some of them inside another such
 * array (CM_RESOURCE_LIST). GCC would take the declared bound of the inner one for the loop's.
 */
#ifndef __clang__
#pragma GCC optimize("no-aggressive-loop-optimizations")
#endif

/*
 * __pragma is Clang's own. For GCC: packing matters, the rest is talk between a source and Microsoft's
 * tools.
 */
#ifndef __clang__
#define __pragma(x)           OWDF_PRAGMA_(x)
#define OWDF_PRAGMA_(x)       OWDF_PRAGMA_##x
#define OWDF_PRAGMA_TEXT(x)   _Pragma(#x)
#define OWDF_PRAGMA_pack(...) OWDF_PRAGMA_TEXT(pack(__VA_ARGS__))
#define OWDF_PRAGMA_alloc_text(...)
#define OWDF_PRAGMA_bss_seg(...)
#define OWDF_PRAGMA_code_seg(...)
#define OWDF_PRAGMA_comment(...)
#define OWDF_PRAGMA_const_seg(...)
#define OWDF_PRAGMA_data_seg(...)
#define OWDF_PRAGMA_deprecated(...)
#define OWDF_PRAGMA_detect_mismatch(...)
#define OWDF_PRAGMA_function(...)
#define OWDF_PRAGMA_intrinsic(...)
#define OWDF_PRAGMA_message(...)
#define OWDF_PRAGMA_optimize(...)
#define OWDF_PRAGMA_prefast(...)
#define OWDF_PRAGMA_section(...)
#define OWDF_PRAGMA_warning(...)
#endif

/* Sub-words of the language. */
#undef __assume
#define __assume(e)               ((void)((e) ? 0 : (__builtin_unreachable(), 0)))
#define __noop(...)               ((void)0)
#define _alloca(n)                __builtin_alloca(n)
#define _ReturnAddress()          __builtin_return_address(0)
#define _AddressOfReturnAddress() ((void *)((char *)__builtin_frame_address(0) + 8))
#define __debugbreak()            __builtin_trap()
#ifndef _countof
#define _countof(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef OPENWDF_FIXUPS
#define __FUNCTIONW__                                                                              \
    L"" __FILE__ /* A function's name is no literal without the build's rewriting. */
#endif

/* What Microsoft's compiler defines for the target that these headers describe. */
#ifndef _WIN64
#define _WIN64 1
#endif
#ifdef __x86_64__
#ifndef _M_AMD64
#define _M_AMD64 100
#endif
#ifndef _M_X64
#define _M_X64 100
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#elif defined(__aarch64__)
#ifndef _M_ARM64
#define _M_ARM64 1
#endif
#ifndef _ARM64_
#define _ARM64_ 1
#endif
#endif
#ifndef _INTEGRAL_MAX_BITS
#define _INTEGRAL_MAX_BITS 64
#endif

#endif
