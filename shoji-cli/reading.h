/* The options by which a command reads a document, and what they come to. */
#ifndef SHOJI_CLI_READING_H
#define SHOJI_CLI_READING_H

#include "command.h"

#include <shoji/document.h>

/* As the command line has it; a limit of 0 is the library's own. */
struct reading {
    unsigned as; /* index into the choices of --as */
    unsigned long depth;
    unsigned long size;
    unsigned long members;
    unsigned long string;
};

/* The table of these options. A command that shares it has a struct reading as the first
 * member of its settings. */
extern const struct option reading_table[];

/* What the library is to be asked for. */
shoji_document_options reading_options(const struct cli *cli,
                                       const struct reading *reading);

#endif
