/* Documents as pages for people. */
#include "html/page.h"
#include "support/failing_memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

static const char iri[] = "http://host:8642/users/";

/* The page of a document; to be finished. */
static shoji_buffer page_at(const char *text, const char *at)
{
    shoji_document *document;
    shoji_buffer html = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_document_parse(&document, text, strlen(text), NULL, &error),
                 SHOJI_OK),
              "%s", error.message);
    cr_assert(eq(int, html_page(&html, document, at, &error), SHOJI_OK), "%s",
              error.message);
    shoji_document_free(document);
    return html;
}

static void page_has(const char *text, const char *part)
{
    shoji_buffer html = page_at(text, iri);
    cr_expect(ne(ptr, strstr(html.bytes, part), NULL), "%s\nis not in\n%s", part,
              html.bytes);
    shoji_buffer_finish(&html);
}

static void page_lacks(const char *text, const char *part)
{
    shoji_buffer html = page_at(text, iri);
    cr_expect(eq(ptr, strstr(html.bytes, part), NULL), "%s\nis in\n%s", part, html.bytes);
    shoji_buffer_finish(&html);
}

static const char catalog[] =
    "{\"element\":\"shoji:catalog\",\"self\":\"http://host:8642/users/\","
    "\"title\":\"Users & <friends>\",\"description\":\"All of \\\"them\\\"\","
    "\"updated\":\"#2003-12-13T18:30:02Z#\",\"specification\":\"/about\","
    "\"catalogs\":{\"bills\":\"bills/\",\"by name\":\"{?name}\","
    "\"found\":\"http://host:8642/users/f/{?a,b*}\",\"path\":\"by/{name}/\"},"
    "\"entities\":[\"1/\",\"caf%C3%A9/\"]}";

Test(html, says_what_the_document_is)
{
    page_has(catalog, "<title>Users &amp; &lt;friends&gt;</title>");
    page_has(catalog, "<h1>Users &amp; &lt;friends&gt;</h1>");
    page_has(catalog, "<p>All of &quot;them&quot;</p>");
    page_has(catalog, "<p>shoji:catalog</p>");
    page_has(catalog, "<p>Updated 2003-12-13T18:30:02Z</p>");
    page_has(catalog, "<a href=\"http://host:8642/about\">Specification</a>");
}

Test(html, names_a_document_without_a_title_by_its_place)
{
    shoji_buffer html = page_at("387", "http://host/users/sold%20caf%C3%A9/");
    cr_assert(ne(ptr, strstr(html.bytes, "<h1>sold%20caf\xc3\xa9</h1>"), NULL), "%s",
              html.bytes);
    shoji_buffer_finish(&html);
    html = page_at("387", "http://host/");
    cr_assert(ne(ptr, strstr(html.bytes, "<h1>http://host/</h1>"), NULL));
    shoji_buffer_finish(&html);
}

Test(html, leads_back_by_a_trail)
{
    shoji_buffer html = page_at("1", "http://host:8642/a/b%20c/d");
    static const char *const crumbs[] = {
        "<li><a href=\"http://host:8642/\">host:8642</a></li>",
        "<li><a href=\"http://host:8642/a/\">a</a></li>",
        "<li><a href=\"http://host:8642/a/b%20c/\">b%20c</a></li>",
        "<li><a aria-current=\"page\" href=\"http://host:8642/a/b%20c/d\">d</a></li>",
    };
    for (size_t i = 0; i < sizeof crumbs / sizeof crumbs[0]; i++)
        cr_expect(ne(ptr, strstr(html.bytes, crumbs[i]), NULL), "%s", crumbs[i]);
    shoji_buffer_finish(&html);
    html = page_at("1", "http://host");
    cr_assert(ne(ptr, strstr(html.bytes, "aria-current"), NULL));
    shoji_buffer_finish(&html);
}

Test(html, links_to_names_and_entities)
{
    page_has(catalog, "<li><a href=\"http://host:8642/users/bills/\">bills</a></li>");
    page_has(catalog, "<li><a href=\"http://host:8642/users/1/\">1</a></li>");
    page_has(catalog,
             "<li><a href=\"http://host:8642/users/caf%C3%A9/\">caf\xc3\xa9</a></li>");
}

Test(html, resolves_links_against_self)
{
    page_has("{\"element\":\"shoji:catalog\",\"self\":\"http://example.org/users\","
             "\"entities\":[\"1\"]}",
             "<a href=\"http://example.org/users/1\">1</a>");
    page_has("{\"element\":\"shoji:catalog\",\"entities\":[\"1\"]}",
             "<a href=\"http://host:8642/users/1\">1</a>");
}

Test(html, makes_forms_of_templates_that_ask_for_query_variables)
{
    page_has(catalog, "<form action=\"http://host:8642/users/\"><label>name <input "
                      "name=\"name\" required></label>");
    page_has(catalog, "<form action=\"http://host:8642/users/f/\"><label>a <input");
    page_has(catalog, "<form action=\"http://host:8642/users/f/\"><label>b <input");
    page_has(catalog, "<li>path <code>by/{name}/</code></li>");
}

Test(html, makes_no_form_that_could_not_say_what_the_template_says)
{
    static const char *const templates[] = {"a{?b}c", "a?x=1{?b}",      "a?x=1{&b}",
                                            "{?a:3}", "{a}{?b}",        "{?a}{?b}",
                                            "#x{?a}", "javascript:{?a}"};
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "{\"element\":\"shoji:catalog\",\"entities\":[],"
                 "\"catalogs\":{\"x\":\"%s\"}}",
                 templates[i]);
        page_lacks(text, "<form");
        page_has(text, "<code>");
    }
}

Test(html, leads_nowhere_but_the_web)
{
    static const char *const references[] = {"javascript:alert(1)", "JavaScript:alert(1)",
                                             "data:text/html,x",    "ftp://h/x",
                                             "vbscript:x",          "file:///etc/passwd",
                                             "java script:x",       " javascript:x"};
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "{\"element\":\"shoji:entity\",\"body\":{\"a\":\"%s\"},"
                 "\"urls\":{\"x\":\"%s\"},\"specification\":\"%s\"}",
                 references[i], references[i], references[i]);
        shoji_document *document = NULL;
        if (shoji_document_parse(&document, text, strlen(text), NULL, NULL) != SHOJI_OK)
            continue;
        shoji_document_free(document);
        shoji_buffer html = page_at(text, iri);
        cr_expect(eq(ptr, strstr(html.bytes, "href=\"j"), NULL), "%s", references[i]);
        const char *link = html.bytes;
        while ((link = strstr(link, "href=\"")) != NULL) {
            link += strlen("href=\"");
            cr_expect(eq(int, strncmp(link, "http://host:8642/", 17), 0), "%.60s", link);
        }
        shoji_buffer_finish(&html);
    }
}

Test(html, escapes_everything_everywhere)
{
    static const char text[] =
        "{\"element\":\"shoji:entity\",\"title\":\"<script>1\",\"description\":\"<script>"
        "\","
        "\"updated\":\"<script>\",\"body\":{\"<script>\":\"<script>\","
        "\"x\":[\"<script>\"],\"y\":{\"<script>\":1}},"
        "\"views\":{\"<script>\":\"a\",\"<script>t\":\"{?x}\"}}";
    page_lacks(text, "<script");
    page_has("{\"element\":\"shoji:entity\",\"body\":{\"a\":\"\\u0000\\u001b[2J'\"}}",
             "\xef\xbf\xbd\xef\xbf\xbd[2J&#39;");
}

Test(html, shows_a_body_as_a_table)
{
    static const char text[] =
        "{\"element\":\"shoji:entity\",\"body\":{\"name\":\"Shoji\",\"count\":0.10,"
        "\"old\":true,\"none\":null,\"list\":[1,\"a\"],\"home\":\"http://example.org/"
        "x\"}}";
    page_has(text, "<tr><th scope=\"row\">name</th><td>Shoji</td></tr>");
    page_has(text, "<tr><th scope=\"row\">count</th><td>0.10</td></tr>");
    page_has(text, "<td><code>true</code></td>");
    page_has(text, "<td><code>null</code></td>");
    page_has(text, "<td><code>[1,&quot;a&quot;]</code></td>");
    page_has(text, "<a href=\"http://example.org/x\">http://example.org/x</a>");
    page_has("{\"element\":\"shoji:entity\",\"body\":{}}", "no attributes");
}

Test(html, shows_an_index_as_a_table_of_its_tuples)
{
    static const char text[] =
        "{\"element\":\"shoji:catalog\",\"self\":\"http://host:8642/users/\","
        "\"index\":{\"1/\":{\"name\":\"A\",\"n\":1},\"2/\":null,\"3/\":{\"b\":\"B\"}}}";
    page_has(text, "<th scope=\"col\">Entity</th><th scope=\"col\">name</th>"
                   "<th scope=\"col\">n</th><th scope=\"col\">b</th>");
    page_has(text, "<a href=\"http://host:8642/users/1/\">1</a></th><td>A</td>"
                   "<td class=\"number\">1</td><td></td></tr>");
    page_has(text, "users/2/\">2</a></th><td></td><td></td><td></td></tr>");
    page_has(text, "Entities <span class=\"count\">(3)</span>");
}

Test(html, shows_values)
{
    page_has("387", "<p>387</p>");
    page_has("[387,\"x\"]", "<li>387</li>\n<li>x</li>");
    page_has("[[1]]", "<pre>[\n  [\n    1\n  ]\n]</pre>");
    page_has("{\"a\":1}", "<tr><th scope=\"row\">a</th><td>1</td></tr>");
    page_has("{\"element\":\"shoji:view\",\"value\":null}", "<p><code>null</code></p>");
}

Test(html, shows_an_order_as_nested_lists)
{
    page_has("{\"element\":\"shoji:order\",\"graph\":[\"1/\",{\"G\":[\"2/\"]}]}",
             "<ul>\n<li><a href=\"http://host:8642/users/1/\">1</a></li>\n<li>G<ul>\n<li>"
             "<a href=\"http://host:8642/users/2/\">2</a></li>\n</ul>\n</li>\n</ul>");
}

Test(html, shows_a_deep_order_without_going_deep_itself)
{
    char text[8000] = "{\"element\":\"shoji:order\",\"graph\":";
    for (int i = 0; i < 200; i++)
        strcat(text, "[{\"g\":");
    strcat(text, "[]");
    for (int i = 0; i < 200; i++)
        strcat(text, "}]");
    strcat(text, "}");
    page_has(text, "<code>{&quot;g&quot;:[");
}

Test(html, ends_with_the_document_as_json)
{
    page_has(catalog, "<details><summary>The document as JSON</summary>\n<pre>{\n  "
                      "&quot;element&quot;: &quot;shoji:catalog&quot;,");
}

Test(html, has_a_style_and_nothing_else_that_a_policy_must_allow)
{
    page_has(catalog, "<style>:root {\n");
    page_lacks(catalog, "style=\"");
    page_lacks(catalog, "<script");
    page_lacks(catalog, "<img");
    cr_assert(ne(ptr, strstr(html_page_policy(), "default-src 'none'"), NULL));
    cr_assert(ne(ptr, strstr(html_page_policy(), "style-src 'sha256-"), NULL));
}

Test(html, refuses_an_iri_that_is_not_absolute)
{
    shoji_document *document;
    shoji_buffer html = SHOJI_BUFFER_INIT;
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int, shoji_document_parse(&document, "1", 1, NULL, NULL), SHOJI_OK));
    cr_assert(ne(int, html_page(&html, document, "/users/", &error), SHOJI_OK));
    cr_assert(ne(str, error.message, ""));
    cr_assert(ne(int, html_page(&html, document, "urn:a:b", NULL), SHOJI_OK));
    cr_assert(ne(int, html_page(&html, document, "http://a b/", NULL), SHOJI_OK));
    shoji_document_free(document);
    shoji_buffer_finish(&html);
}

Test(html, keeps_the_maximum_of_the_buffer)
{
    shoji_document *document;
    shoji_buffer html = {.maximum = 4000};
    shoji_error error = SHOJI_ERROR_INIT;
    cr_assert(eq(int,
                 shoji_document_parse(&document, catalog, strlen(catalog), NULL, NULL),
                 SHOJI_OK));
    cr_assert(eq(int, html_page(&html, document, iri, &error), SHOJI_LIMIT));
    cr_assert(eq(int, error.status, SHOJI_LIMIT));
    shoji_document_free(document);
    shoji_buffer_finish(&html);
}

static int make_a_page(const shoji_document *document)
{
    shoji_buffer html = SHOJI_BUFFER_INIT;
    shoji_status status = html_page(&html, document, iri, NULL);
    shoji_buffer_finish(&html);
    return status;
}

Test(html, survives_every_failed_allocation)
{
    shoji_document *document;
    int failures;
    cr_assert(eq(int,
                 shoji_document_parse(&document, catalog, strlen(catalog), NULL, NULL),
                 SHOJI_OK));
    FAILING_MEMORY_SWEEP(failures, make_a_page(document));
    cr_assert(gt(int, failures, 20));
    shoji_document_free(document);
}
