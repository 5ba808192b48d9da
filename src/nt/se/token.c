/* SPDX-License-Identifier: MIT */
/*
 * Access tokens. Who may open what is decided outside the host; what is left for a driver to ask is whether an
 * administrator has opened its device. That is root, and the user in whose name the host runs: he could do all that
 * the driver does.
 */
#include "nt/se/se.h"

static struct token {
    bool administrator;
} tokens[] = {{false}, {true}};

PACCESS_TOKEN
se_token(bool administrator)
{
    return &tokens[administrator];
}

/* "TRUE if the token contains the local administrators group". */
BOOLEAN
SeTokenIsAdmin(PACCESS_TOKEN Token)
{
    return Token == &tokens[true];
}
