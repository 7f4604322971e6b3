#include "value/explain.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* A fault within a token: where, and why. */
struct fault {
    size_t at; /* offset in the window */
    const char *code;
    const char *message;
};

/* Its own place is the comma's, which may have left the window: see report_comma. */
static const char trailing_comma_code[] = "json.trailing-comma";

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* The grammar after a separator, or the same where it is none that may stand here. */
static enum shoji__grammar after_separator(enum shoji__grammar grammar, char byte)
{
    if (byte == ':' && grammar == SHOJI__AFTER_NAME)
        return SHOJI__AFTER_COLON;
    if (byte == ',' && grammar == SHOJI__AFTER_VALUE_IN_OBJECT)
        return SHOJI__AFTER_COMMA_IN_OBJECT;
    if (byte == ',' && grammar == SHOJI__AFTER_VALUE_IN_ARRAY)
        return SHOJI__AFTER_COMMA_IN_ARRAY;
    return grammar;
}

void shoji__gap_advance(struct shoji__gap *gap, const struct shoji__window *window)
{
    size_t at = gap->offset - window->start.offset;
    for (; at < window->length; at++) {
        char byte = window->bytes[at];
        if (is_space(byte))
            continue;
        enum shoji__grammar next = after_separator(gap->grammar, byte);
        if (next == gap->grammar)
            break;
        gap->grammar = next;
        if (byte == ',') {
            gap->comma = window->start.offset + at;
            gap->comma_place.line = 0;
        }
    }
    gap->offset = window->start.offset + at;
}

shoji_status shoji__explain_at(const struct shoji__window *window, size_t offset,
                               shoji_error *error, shoji_status status, const char *code,
                               const char *message)
{
    struct shoji__position position = window->start;
    shoji__position_advance(&position, window->bytes, offset - window->start.offset);
    shoji__fail(error, status, code, "%s", message);
    shoji__position_report(error, position);
    return status;
}

/* "'x'" or "U+000C" for the character at the start of the bytes. */
static const char *describe(char text[32], const char *bytes, size_t length)
{
    uint32_t point = 0;
    size_t step = shoji__utf8_decode(bytes, length, &point);
    if (point > ' ' && point != 0x7f && step != 0 && point < 0x80)
        snprintf(text, 32, "'%.*s'", (int)step, bytes);
    else
        snprintf(text, 32, "U+%04X", (unsigned)point);
    return text;
}

/* Where a string goes wrong, from its opening quote on. */
static struct fault string_fault(const char *bytes, size_t length, size_t at)
{
    size_t start = at++;
    while (at < length) {
        char byte = bytes[at];
        if ((unsigned char)byte < ' ')
            return (struct fault){at, "json.control-character",
                                  "a control character, such as a line break, must be "
                                  "written as an escape in a string"};
        if (byte != '\\') {
            at++;
            continue;
        }
        if (at + 1 == length)
            break;
        if (strchr("\"\\/bfnrtu", bytes[at + 1]) == NULL || bytes[at + 1] == '\0')
            return (struct fault){at, "json.bad-escape",
                                  "no such escape: a backslash must be written as \\\\"};
        size_t digits = bytes[at + 1] == 'u' ? 4 : 0;
        for (size_t i = 0; i < digits && at + 2 + i < length; i++)
            if (!is_hex(bytes[at + 2 + i]))
                return (struct fault){at, "json.bad-escape",
                                      "\\u must be followed by four hexadecimal digits"};
        at += 2 + digits;
    }
    return (struct fault){start, "json.unclosed-string", "this string is never closed"};
}

/* Where a number goes wrong, from its first character on. */
static struct fault number_fault(const char *bytes, size_t length, size_t at)
{
    if (at < length && bytes[at] == '-')
        at++;
    size_t digits = at;
    while (at < length && is_digit(bytes[at]))
        at++;
    if (at == digits)
        return (struct fault){at, "json.bad-number", "a number needs a digit here"};
    if (at < length && bytes[at] == '.') {
        digits = ++at;
        while (at < length && is_digit(bytes[at]))
            at++;
        if (at == digits)
            return (struct fault){at, "json.bad-number",
                                  "a number needs a digit after its decimal point"};
    }
    if (at < length && (bytes[at] == 'e' || bytes[at] == 'E'))
        at++;
    if (at < length && (bytes[at] == '+' || bytes[at] == '-'))
        at++;
    return (struct fault){at, "json.bad-number",
                          "a number needs a digit in its exponent"};
}

/* What stands where a value must. */
static struct fault value_fault(const char *bytes, size_t length, size_t at)
{
    char first = bytes[at];
    if (first == '"')
        return string_fault(bytes, length, at);
    if (first == '-' && at + 1 < length && bytes[at + 1] == 'I')
        return (struct fault){at, "json.bad-literal", "JSON has no Infinity: use null"};
    if (first == '-' || is_digit(first))
        return number_fault(bytes, length, at);
    if (first == '+' || first == '.')
        return (struct fault){at, "json.bad-number",
                              "a number must begin with a digit or a minus sign"};
    if (first == '\'')
        return (struct fault){at, "json.bad-quote",
                              "a string must stand in double quotes"};
    if (first == '/' || first == '#')
        return (struct fault){at, "json.comment", "JSON has no comments"};
    if (first == 'N' || first == 'I')
        return (struct fault){at, "json.bad-literal",
                              "JSON has no NaN or Infinity: use null"};
    if ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))
        return (struct fault){at, "json.bad-literal",
                              "not a value: strings stand in double quotes, and the only "
                              "words are true, false and null, in lower case"};
    return (struct fault){at, "json.unexpected", "a value is expected here"};
}

/* What stands where a member's name must, or the end of its object. */
static struct fault name_fault(const char *bytes, size_t length, size_t at)
{
    if (bytes[at] == '"')
        return string_fault(bytes, length, at);
    if (bytes[at] == '/' || bytes[at] == '#')
        return (struct fault){at, "json.comment", "JSON has no comments"};
    return (struct fault){at, "json.bad-name",
                          "a member's name is expected here, in double quotes"};
}

static struct fault trailing_comma(void)
{
    return (struct fault){0, trailing_comma_code,
                          "a trailing comma: nothing follows it, so JSON forbids it; "
                          "remove it"};
}

/* What stands after a value where only a separator or a closing bracket may. */
static struct fault separator_fault(const char *bytes, size_t at, const char *message)
{
    if (at > 0 && bytes[at - 1] == '0' && is_digit(bytes[at]))
        return (struct fault){at - 1, "json.bad-number",
                              "a number must not begin with a zero"};
    if (bytes[at] == '/' || bytes[at] == '#')
        return (struct fault){at, "json.comment", "JSON has no comments"};
    return (struct fault){at, "json.unexpected", message};
}

static struct fault end_fault(enum shoji__grammar grammar, size_t at)
{
    if (grammar == SHOJI__AT_START)
        return (struct fault){at, "json.empty", "the text is empty: a value is expected"};
    return (struct fault){at, "json.incomplete",
                          "the text ends within an object or an array: it is incomplete"};
}

static struct fault start_fault(const char *bytes, size_t length, size_t at)
{
    if (length - at >= 3 && memcmp(bytes + at, "\xef\xbb\xbf", 3) == 0)
        return (struct fault){at, "json.byte-order-mark",
                              "the text begins with a byte order mark: JSON must not; "
                              "save it as UTF-8 without one"};
    return value_fault(bytes, length, at);
}

static struct fault find_fault(const struct shoji__gap *gap, const char *bytes,
                               size_t length, size_t at)
{
    if (at >= length)
        return end_fault(gap->grammar, length);
    switch (gap->grammar) {
    case SHOJI__AT_START:
        return start_fault(bytes, length, at);
    case SHOJI__AFTER_COMMA_IN_ARRAY:
        return bytes[at] == ']' ? trailing_comma() : value_fault(bytes, length, at);
    case SHOJI__AFTER_COMMA_IN_OBJECT:
        return bytes[at] == '}' ? trailing_comma() : name_fault(bytes, length, at);
    case SHOJI__AFTER_BEGIN_OBJECT:
        return name_fault(bytes, length, at);
    case SHOJI__AFTER_NAME:
        return separator_fault(bytes, at, "a colon is expected after a member's name");
    case SHOJI__AFTER_VALUE_IN_OBJECT:
        return separator_fault(bytes, at,
                               "a comma or the end of the object is expected here");
    case SHOJI__AFTER_VALUE_IN_ARRAY:
        return separator_fault(bytes, at,
                               "a comma or the end of the array is expected here");
    case SHOJI__AT_END:
        return separator_fault(bytes, at, "the value is complete: nothing may follow it");
    case SHOJI__AFTER_BEGIN_ARRAY:
    case SHOJI__AFTER_COLON:
        break;
    }
    return value_fault(bytes, length, at);
}

static shoji_status report_comma(const struct shoji__gap *gap,
                                 const struct shoji__window *window, shoji_error *error,
                                 const char *message)
{
    if (gap->comma_place.line == 0)
        return shoji__explain_at(window, gap->comma, error, SHOJI_SYNTAX,
                                 trailing_comma_code, message);
    shoji__fail(error, SHOJI_SYNTAX, trailing_comma_code, "%s", message);
    shoji__position_report(error, gap->comma_place);
    return SHOJI_SYNTAX;
}

shoji_status shoji__explain(struct shoji__gap *gap, const struct shoji__window *window,
                            shoji_error *error)
{
    shoji__gap_advance(gap, window);
    size_t start = window->start.offset;
    struct fault fault =
        find_fault(gap, window->bytes, window->length, gap->offset - start);
    if (fault.code == trailing_comma_code)
        return report_comma(gap, window, error, fault.message);
    char message[200];
    char found[32];
    if (fault.at < window->length && strcmp(fault.code, "json.unexpected") == 0) {
        describe(found, window->bytes + fault.at, window->length - fault.at);
        snprintf(message, sizeof message, "%s, not %s", fault.message, found);
    } else {
        snprintf(message, sizeof message, "%s", fault.message);
    }
    return shoji__explain_at(window, start + fault.at, error, SHOJI_SYNTAX, fault.code,
                             message);
}
