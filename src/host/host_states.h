/* SPDX-License-Identifier: MIT */
/* The tables of the machines in this program, for people: `wdf states`. */
#ifndef OPENWDF_HOST_STATES_H
#define OPENWDF_HOST_STATES_H

/*
 * argv[2...]: "--dot" for Graphviz, else a list to read; names of machines, none for all. Writes to the
 * standard output and returns the program's exit code.
 */
int host_states_main(int argc, char **argv);

#endif
