/* SPDX-License-Identifier: MIT */
/* Unbuffered keys. */
#ifndef _INC_CONIO
#define _INC_CONIO

#ifdef __cplusplus
extern "C" {
#endif

/* The next key, without echo (_getche: with). -1 at the end of input. */
extern int _getch(void) __asm__("owdf__getch");
extern int _getche(void) __asm__("owdf__getche");
/* Whether a key waits. */
extern int _kbhit(void) __asm__("owdf__kbhit");

#ifdef __cplusplus
}
#endif

#endif
