#include "command.h"
#include "json.h"
#include "listing.h"
#include "names.h"
#include "session.h"

#include <shoji/shoji.h>

#include <stdio.h>
#include <string.h>

enum {
    DEPTH_MAXIMUM = 32
};

struct tree_settings {
    unsigned long depth;
    unsigned long documents;
};

/* Why a catalog was not looked into. */
enum visit {
    VISIT_DONE,
    VISIT_NONE,      /* no link to follow: a template, or not of `catalogs` */
    VISIT_ELSEWHERE, /* another origin */
    VISIT_AGAIN,     /* shown before */
    VISIT_LIMIT,     /* there were too many documents before it */
    VISIT_FAILED     /* as has been reported */
};

static const char *const visit_texts[] = {
    [VISIT_DONE] = "",
    [VISIT_NONE] = "",
    [VISIT_ELSEWHERE] = "another origin",
    [VISIT_AGAIN] = "shown above",
    [VISIT_LIMIT] = "not visited",
    [VISIT_FAILED] = "could not be read",
};

/* A walk through catalogs, depth first. */
struct walk {
    struct cli *cli;
    shoji_session *session;
    const struct tree_settings *settings;
    const char *origin; /* the IRI that the walk began at */
    struct names seen;  /* normal forms of the IRIs that were fetched */
    enum exit_code result;
    bool is_incomplete; /* there were more documents than are allowed */

    /* The way from the root to where the walk is: a name and a connecting line a level.
     */
    const char *names[DEPTH_MAXIMUM];
    bool is_last[DEPTH_MAXIMUM];
    size_t level;
};

/* A link as it is shown. */
struct node {
    const shoji_link *link;
    const char *parent; /* the IRI of the document that it is in */
    enum visit visit;
    shoji_buffer iri;
    shoji_response *response;       /* owned; NULL unless visited */
    const shoji_document *document; /* lent by it */
};

static bool must_stop(const struct walk *walk)
{
    return walk->result == EXIT_INTERRUPTED || walk->cli->output.error != 0;
}

/* Keeps the first failure as the code to end with. */
static void keep(struct walk *walk, enum exit_code code)
{
    if (walk->result == EXIT_DONE || code == EXIT_INTERRUPTED)
        walk->result = code;
}

/* The link to the next page is no catalog of its own. */
static bool is_next_page(const shoji_link *link)
{
    return link->map == SHOJI_CATALOGS && strcmp(link->name, "next") == 0;
}

static bool has_next_page(const shoji_document *document)
{
    shoji_links links = shoji_document_links(document, SHOJI_CATALOGS);
    shoji_link link;
    while (shoji_links_next(&links, &link)) {
        if (is_next_page(&link))
            return true;
    }
    return false;
}

static size_t count_links(const shoji_document *document)
{
    size_t count = 0;
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (shoji_links_next(&links, &link))
            count += is_next_page(&link) ? 0 : 1;
    }
    return count;
}

/* How many entities a catalog has: its own word for it, or what is listed. */
static shoji_status append_count(shoji_buffer *text, const shoji_document *document)
{
    shoji_value size = shoji_value_member(shoji_document_root(document), "size");
    const char *number = shoji_value_number(size, NULL);
    if (number != NULL)
        return shoji_buffer_append_string(text, number);
    size_t count = shoji_value_size(shoji_document_entities(document)) +
                   shoji_value_size(shoji_document_index(document));
    return shoji_buffer_append_format(text, "%zu%s", count,
                                      has_next_page(document) ? "+" : "");
}

/* Lines for people. */

static void print_branches(const struct walk *walk)
{
    struct output *output = &walk->cli->output;
    bool unicode = output->unicode;
    output_begin_style(output, STYLE_DIM);
    for (size_t i = 0; i + 1 < walk->level; i++) {
        const char *line = unicode ? "\xe2\x94\x82   " : "|   ";
        output_string(output, walk->is_last[i] ? "    " : line);
    }
    if (walk->is_last[walk->level - 1])
        output_string(output, unicode ? "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80 " : "`-- ");
    else
        output_string(output, unicode ? "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80 " : "|-- ");
    output_end_style(output);
}

/* What is said of a node besides its name. */
static shoji_status append_remark(shoji_buffer *text, const struct node *node)
{
    if (node->link->is_template)
        return shoji_buffer_append_format(
            text, " %s", listing_short_reference(node->parent, node->link->reference));
    if (node->link->map != SHOJI_CATALOGS)
        return shoji_buffer_append_format(text, " [%s]", shoji_map_text(node->link->map));
    if (node->visit != VISIT_DONE)
        return shoji_buffer_append_format(text, " (%s)", visit_texts[node->visit]);
    if (shoji_document_element(node->document) != SHOJI_ELEMENT_CATALOG)
        return shoji_buffer_append_format(
            text, " [%s]", shoji_element_text(shoji_document_element(node->document)));
    shoji_status status = shoji_buffer_append_string(text, " (");
    if (status == SHOJI_OK)
        status = append_count(text, node->document);
    if (status == SHOJI_OK)
        status = shoji_buffer_append_string(text, ")");
    return status;
}

static shoji_status print_line(const struct walk *walk, const struct node *node)
{
    struct output *output = &walk->cli->output;
    shoji_buffer remark = SHOJI_BUFFER_INIT;
    shoji_status status = append_remark(&remark, node);
    if (status == SHOJI_OK) {
        bool leads_on = node->visit == VISIT_DONE;
        print_branches(walk);
        output_line_text(output, node->link->name, leads_on ? STYLE_NAME : STYLE_PLAIN);
        output_line_text(output, remark.bytes, STYLE_DIM);
        output_string(output, "\n");
    }
    shoji_buffer_finish(&remark);
    return status;
}

/* Objects for programs. */

static void write_names(shoji_writer *writer, const struct walk *walk)
{
    shoji_writer_name(writer, "names");
    shoji_writer_begin_array(writer);
    for (size_t i = 0; i < walk->level; i++)
        shoji_writer_string(writer, walk->names[i]);
    shoji_writer_end_array(writer);
}

static void write_document(shoji_writer *writer, const shoji_document *document)
{
    json_member_text(writer, "element",
                     shoji_element_text(shoji_document_element(document)));
    if (shoji_document_element(document) != SHOJI_ELEMENT_CATALOG)
        return;
    shoji_value size = shoji_value_member(shoji_document_root(document), "size");
    shoji_writer_name(writer, "count");
    if (shoji_value_type(size) == SHOJI_NUMBER)
        shoji_writer_value(writer, size);
    else
        shoji_writer_uint64(writer, shoji_value_size(shoji_document_entities(document)) +
                                        shoji_value_size(shoji_document_index(document)));
    shoji_writer_name(writer, "more");
    shoji_writer_boolean(writer, has_next_page(document));
}

static void write_node(shoji_writer *writer, const struct walk *walk,
                       const struct node *node)
{
    shoji_writer_begin_object(writer);
    write_names(writer, walk);
    json_member_text(writer, "map", shoji_map_text(node->link->map));
    json_member_text(writer, node->link->is_template ? "template" : "reference",
                     node->link->reference);
    if (node->iri.length != 0)
        json_member_text(writer, "iri", node->iri.bytes);
    if (node->visit == VISIT_DONE)
        write_document(writer, node->document);
    else if (node->visit != VISIT_NONE)
        json_member_text(writer, "stopped", visit_texts[node->visit]);
    shoji_writer_end_object(writer);
}

static shoji_status print_object(const struct walk *walk, const struct node *node)
{
    struct json_line line;
    shoji_status status = json_line_init(&line);
    if (status == SHOJI_OK) {
        write_node(line.writer, walk, node);
        status = json_line_print(&line, &walk->cli->output);
    }
    json_line_finish(&line);
    return status;
}

/* Fetching. */

static enum visit fetch(struct walk *walk, struct node *node)
{
    shoji_request request = SHOJI_REQUEST_INIT;
    request.method = "GET";
    request.iri = node->iri.bytes;
    enum exit_code code =
        session_send(&node->response, walk->cli, walk->session, &request);
    if (code == EXIT_DONE)
        code = session_document(&node->document, node->response);
    keep(walk, code);
    return code == EXIT_DONE ? VISIT_DONE : VISIT_FAILED;
}

/* Remembers an IRI; VISIT_AGAIN where it has been met before. */
static enum visit remember(struct walk *walk, const char *iri)
{
    shoji_buffer normal = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    enum visit visit = VISIT_DONE;
    shoji_status status = shoji_iri_normalize(&normal, iri, &error);
    if (status == SHOJI_OK && names_has(&walk->seen, normal.bytes))
        visit = VISIT_AGAIN;
    else if (status == SHOJI_OK && walk->seen.count >= walk->settings->documents)
        visit = VISIT_LIMIT;
    else if (status == SHOJI_OK)
        status = names_add(&walk->seen, normal.bytes);
    if (status != SHOJI_OK) {
        keep(walk, failure_report_in(iri, &error));
        visit = VISIT_FAILED;
    }
    walk->is_incomplete = walk->is_incomplete || visit == VISIT_LIMIT;
    shoji_buffer_finish(&normal);
    return visit;
}

static enum visit look_into(struct walk *walk, struct node *node, shoji_response *parent)
{
    shoji_error error = SHOJI_ERROR_INIT;
    if (node->link->is_template)
        return VISIT_NONE;
    if (shoji_response_resolve(&node->iri, parent, node->link->reference, &error) !=
        SHOJI_OK) {
        keep(walk, failure_report(&error));
        return VISIT_FAILED;
    }
    if (node->link->map != SHOJI_CATALOGS)
        return VISIT_NONE;
    if (!shoji_iri_same_origin(node->iri.bytes, walk->origin))
        return VISIT_ELSEWHERE;
    enum exit_code code = session_check_link(node->iri.bytes);
    if (code != EXIT_DONE) {
        keep(walk, code);
        return VISIT_FAILED;
    }
    enum visit outcome = remember(walk, node->iri.bytes);
    return outcome == VISIT_DONE ? fetch(walk, node) : outcome;
}

static void show_links(struct walk *walk, shoji_response *response,
                       const shoji_document *document);

/* Shows one link, and what is below it. */
static void show_link(struct walk *walk, shoji_response *parent, const shoji_link *link,
                      bool is_last)
{
    struct node node = {.link = link, .parent = shoji_response_iri(parent)};
    walk->names[walk->level] = link->name;
    walk->is_last[walk->level] = is_last;
    walk->level++;
    node.visit = look_into(walk, &node, parent);
    if (walk->result != EXIT_INTERRUPTED) {
        shoji_status status = walk->cli->settings.json ? print_object(walk, &node)
                                                       : print_line(walk, &node);
        if (status != SHOJI_OK)
            keep(walk, failure_memory());
    }
    if (node.visit == VISIT_DONE && walk->level < walk->settings->depth)
        show_links(walk, node.response, node.document);
    walk->level--;
    shoji_response_free(node.response);
    shoji_buffer_finish(&node.iri);
}

/* The recursion is as deep as --depth, of which DEPTH_MAXIMUM is the limit. */
static void show_links(struct walk *walk, shoji_response *response,
                       const shoji_document *document)
{
    size_t left = count_links(document);
    for (int map = 0; map < SHOJI_MAP_COUNT; map++) {
        shoji_links links = shoji_document_links(document, (shoji_map)map);
        shoji_link link;
        while (!must_stop(walk) && shoji_links_next(&links, &link)) {
            if (is_next_page(&link))
                continue;
            left--;
            show_link(walk, response, &link, left == 0);
        }
    }
}

static void show_root(struct walk *walk)
{
    struct node root = {.visit = VISIT_NONE};
    if (shoji_buffer_append_string(&root.iri, walk->origin) != SHOJI_OK) {
        keep(walk, failure_memory());
        return;
    }
    root.visit = remember(walk, walk->origin);
    if (root.visit == VISIT_DONE)
        root.visit = fetch(walk, &root);
    if (root.visit == VISIT_DONE) {
        if (!walk->cli->settings.json) {
            output_line_text(&walk->cli->output, walk->origin, STYLE_HEADING);
            output_string(&walk->cli->output, "\n");
        }
        show_links(walk, root.response, root.document);
    }
    shoji_response_free(root.response);
    shoji_buffer_finish(&root.iri);
}

static enum exit_code run(struct cli *cli, const void *settings, struct operands operands)
{
    struct walk walk = {.cli = cli, .settings = settings, .origin = operands.items[0]};
    enum exit_code code = session_open(&walk.session, cli, walk.origin);
    if (code != EXIT_DONE)
        return code;
    show_root(&walk);
    if (walk.is_incomplete && walk.result != EXIT_INTERRUPTED)
        keep(&walk, failure(EXIT_INCOMPLETE,
                            "stopped after %lu documents; --documents N allows more",
                            walk.settings->documents));
    names_clear(&walk.seen);
    shoji_session_free(walk.session);
    return walk.result;
}

static const struct tree_settings defaults = {.depth = 2, .documents = 1000};

static const struct option options[] = {
    {
        .name = "depth",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "how many levels of names to show, 1 to 32 (default: 2)",
        .offset = offsetof(struct tree_settings, depth),
        .minimum = 1,
        .maximum = DEPTH_MAXIMUM,
    },
    {
        .name = "documents",
        .kind = OPTION_NUMBER,
        .argument = "N",
        .help = "how many documents to fetch at most (default: 1000)",
        .offset = offsetof(struct tree_settings, documents),
        .minimum = 1,
        .maximum = 1000000,
    },
    OPTION_END,
};

const struct command command_tree = {
    .name = "tree",
    .group = GROUP_READ,
    .usage = "IRI [--depth N] [--documents N]",
    .summary = "show the names below an IRI as a tree",
    .description = "Shows the names that lead on from a document, and from the catalogs "
                   "below it, each "
                   "catalog with the number of its entities. Templates are shown and not "
                   "followed, and "
                   "neither are links to another origin.",
    .examples = "shoji-cli tree http://127.0.0.1:8642/ --depth 1\n"
                "shoji-cli tree --json http://127.0.0.1:8642/\n",
    .exit_codes = "9  there were more documents than --documents allows\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof(struct tree_settings),
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};
