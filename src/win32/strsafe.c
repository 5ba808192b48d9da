/* SPDX-License-Identifier: MIT */
/* StringCch… and StringCb…, narrow and wide, over three primitives: length, copy, format. */
#include <windows.h>
#include <strsafe.h>

#include <string.h>

#include "base/format.h"
#include "base/utf16.h"

static size_t
length_a(const char *text, size_t most)
{
    return strnlen(text, most);
}

static size_t
length_w(const WCHAR *text, size_t most)
{
    return utf16_length_most((const uint16_t *)(const void *)text, most);
}

static size_t
format_a(char *to, size_t size, const char *format, va_list arguments)
{
    return format_to_narrow(to, size, format, arguments);
}

static size_t
format_w(WCHAR *to, size_t size, const WCHAR *format, va_list arguments)
{
    return format_to_wide((uint16_t *)(void *)to, size, (const uint16_t *)(const void *)format,
                          arguments);
}

/*
 * The twelve functions for one kind of character. Sizes are in characters for Cch and in bytes for Cb;
 * a size of 0 or above STRSAFE_MAX_CCH is invalid, and then nothing is written.
 */
#define STRSAFE_FUNCTIONS(S, CHARACTER, length, format)                                            \
    static HRESULT copy_##S(CHARACTER *to, size_t size, const CHARACTER *from, size_t most)        \
    {                                                                                              \
        size_t count;                                                                              \
                                                                                                   \
        if (size == 0 || size > STRSAFE_MAX_CCH) {                                                 \
            return STRSAFE_E_INVALID_PARAMETER;                                                    \
        }                                                                                          \
        count = length(from, most < size ? most : size);                                           \
        if (count == size) {                                                                       \
            memcpy(to, from, (size - 1) * sizeof(CHARACTER));                                      \
            to[size - 1] = 0;                                                                      \
            return STRSAFE_E_INSUFFICIENT_BUFFER;                                                  \
        }                                                                                          \
        memcpy(to, from, count * sizeof(CHARACTER));                                               \
        to[count] = 0;                                                                             \
        return S_OK;                                                                               \
    }                                                                                              \
    HRESULT StringCchCopy##S(CHARACTER *d, size_t n, const CHARACTER *s)                           \
    {                                                                                              \
        return copy_##S(d, n, s, (size_t)-1);                                                      \
    }                                                                                              \
    HRESULT StringCbCopy##S(CHARACTER *d, size_t n, const CHARACTER *s)                            \
    {                                                                                              \
        return copy_##S(d, n / sizeof(CHARACTER), s, (size_t)-1);                                  \
    }                                                                                              \
    HRESULT StringCchCopyN##S(CHARACTER *d, size_t n, const CHARACTER *s, size_t most)             \
    {                                                                                              \
        return copy_##S(d, n, s, most);                                                            \
    }                                                                                              \
    HRESULT StringCbCopyN##S(CHARACTER *d, size_t n, const CHARACTER *s, size_t most)              \
    {                                                                                              \
        return copy_##S(d, n / sizeof(CHARACTER), s, most / sizeof(CHARACTER));                    \
    }                                                                                              \
    HRESULT StringCchCat##S(CHARACTER *d, size_t n, const CHARACTER *s)                            \
    {                                                                                              \
        size_t used;                                                                               \
                                                                                                   \
        if (n == 0 || n > STRSAFE_MAX_CCH || (used = length(d, n)) == n) {                         \
            return STRSAFE_E_INVALID_PARAMETER;                                                    \
        }                                                                                          \
        return copy_##S(d + used, n - used, s, (size_t)-1);                                        \
    }                                                                                              \
    HRESULT StringCbCat##S(CHARACTER *d, size_t n, const CHARACTER *s)                             \
    {                                                                                              \
        return StringCchCat##S(d, n / sizeof(CHARACTER), s);                                       \
    }                                                                                              \
    HRESULT StringCchLength##S(const CHARACTER *s, size_t most, size_t *ret_length)                \
    {                                                                                              \
        size_t count;                                                                              \
                                                                                                   \
        if (s == NULL || most > STRSAFE_MAX_CCH || (count = length(s, most)) == most) {            \
            if (ret_length != NULL) {                                                              \
                *ret_length = 0;                                                                   \
            }                                                                                      \
            return STRSAFE_E_INVALID_PARAMETER;                                                    \
        }                                                                                          \
        if (ret_length != NULL) {                                                                  \
            *ret_length = count;                                                                   \
        }                                                                                          \
        return S_OK;                                                                               \
    }                                                                                              \
    HRESULT StringCbLength##S(const CHARACTER *s, size_t most, size_t *ret_length)                 \
    {                                                                                              \
        HRESULT result = StringCchLength##S(s, most / sizeof(CHARACTER), ret_length);              \
                                                                                                   \
        if (ret_length != NULL) {                                                                  \
            *ret_length *= sizeof(CHARACTER);                                                      \
        }                                                                                          \
        return result;                                                                             \
    }                                                                                              \
    HRESULT StringCchVPrintf##S(CHARACTER *d, size_t n, const CHARACTER *f, va_list arguments)     \
    {                                                                                              \
        if (n == 0 || n > STRSAFE_MAX_CCH) {                                                       \
            return STRSAFE_E_INVALID_PARAMETER;                                                    \
        }                                                                                          \
        return format(d, n, f, arguments) < n ? S_OK : STRSAFE_E_INSUFFICIENT_BUFFER;              \
    }                                                                                              \
    HRESULT StringCbVPrintf##S(CHARACTER *d, size_t n, const CHARACTER *f, va_list arguments)      \
    {                                                                                              \
        return StringCchVPrintf##S(d, n / sizeof(CHARACTER), f, arguments);                        \
    }                                                                                              \
    HRESULT StringCchPrintf##S(CHARACTER *d, size_t n, const CHARACTER *f, ...)                    \
    {                                                                                              \
        va_list arguments;                                                                         \
        HRESULT result;                                                                            \
                                                                                                   \
        va_start(arguments, f);                                                                    \
        result = StringCchVPrintf##S(d, n, f, arguments);                                          \
        va_end(arguments);                                                                         \
        return result;                                                                             \
    }                                                                                              \
    HRESULT StringCbPrintf##S(CHARACTER *d, size_t n, const CHARACTER *f, ...)                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        HRESULT result;                                                                            \
                                                                                                   \
        va_start(arguments, f);                                                                    \
        result = StringCchVPrintf##S(d, n / sizeof(CHARACTER), f, arguments);                      \
        va_end(arguments);                                                                         \
        return result;                                                                             \
    }

STRSAFE_FUNCTIONS(A, char, length_a, format_a)
STRSAFE_FUNCTIONS(W, WCHAR, length_w, format_w)
