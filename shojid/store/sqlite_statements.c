/* The texts of the statements that every connection keeps. */
#include "store/sqlite_connection.h"

const char *const sqlite_statement_texts[STATEMENT_COUNT] = {
    [STATEMENT_REVISION] = "SELECT revision FROM state",

    /* path */
    [STATEMENT_READ] = "SELECT element, revision, modified, shown_revision,"
                       " shown_modified, member_count, text FROM documents"
                       " WHERE path = ?",
    [STATEMENT_READ_HEAD] = "SELECT element, revision, modified, shown_revision,"
                            " shown_modified, member_count FROM documents"
                            " WHERE path = ?",
    [STATEMENT_FIND] = "SELECT id, element, parent, shown_revision, revision"
                       " FROM documents WHERE path = ?",
    /* id */
    [STATEMENT_FIND_BELOW] = "SELECT 1 FROM documents WHERE parent = ? LIMIT 1",
    /* path */
    [STATEMENT_IS_GONE] = "SELECT 1 FROM gone WHERE path = ?",
    /* parent, element, limit */
    [STATEMENT_CHILDREN] = "SELECT path FROM documents"
                           " WHERE parent = ? AND element = ? ORDER BY id LIMIT ?",
    /* parent */
    [STATEMENT_BELOW] = "SELECT path FROM documents WHERE parent = ?"
                        " ORDER BY element, id",
    /* parent, element, after, limit */
    [STATEMENT_MEMBERS] = "SELECT id, path, text FROM documents"
                          " WHERE parent = ? AND element = ? AND id > ?"
                          " ORDER BY id LIMIT ?",
    /* directory */
    [STATEMENT_TEMPLATES] = "SELECT pattern FROM templates WHERE directory = ?"
                            " ORDER BY id",

    [STATEMENT_NEXT_REVISION] = "UPDATE state SET revision = revision + 1"
                                " RETURNING revision",
    /* path, parent, element, revision, modified, text */
    [STATEMENT_INSERT] = "INSERT INTO documents (path, parent, element, revision,"
                         " modified, shown_revision, shown_modified, member_count, text)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5, 0, ?6)",
    /* id, element, revision, modified, text */
    [STATEMENT_UPDATE] = "UPDATE documents SET element = ?2, revision = ?3,"
                         " modified = ?4, shown_revision = ?3, shown_modified = ?4,"
                         " text = ?5 WHERE id = ?1",
    /* id */
    [STATEMENT_DELETE] = "DELETE FROM documents WHERE id = ?",
    [STATEMENT_TEXT] = "SELECT text FROM documents WHERE id = ?",
    /* id, members more, revision, modified */
    /* Only a catalog (element 1) shows what lies below it. */
    [STATEMENT_BUMP] = "UPDATE documents SET member_count = member_count + ?2,"
                       " shown_revision = iif(element = 1, ?3, shown_revision),"
                       " shown_modified = iif(element = 1, ?4, shown_modified)"
                       " WHERE id = ?1",

    /* path */
    [STATEMENT_GONE_ADD] = "INSERT OR REPLACE INTO gone (path) VALUES (?)",
    /* how many to keep */
    [STATEMENT_GONE_TRIM] = "DELETE FROM gone"
                            " WHERE id <= (SELECT max(id) FROM gone) - ?",
    /* path */
    [STATEMENT_GONE_REMOVE] = "DELETE FROM gone WHERE path = ?",

    /* declarer, catalog, directory, pattern */
    [STATEMENT_TEMPLATE_INSERT] = "INSERT INTO templates (declarer, catalog, directory,"
                                  " pattern) VALUES (?, ?, ?, ?)",
    /* declarer */
    [STATEMENT_TEMPLATES_DELETE] = "DELETE FROM templates WHERE declarer = ?",
    /* new catalog, the directories from and below, old catalog */
    [STATEMENT_TEMPLATES_RETARGET] = "UPDATE templates SET catalog = ? WHERE directory"
                                     " >= ? AND directory < ? AND catalog = ?",
    /* new catalog, old catalog */
    [STATEMENT_TEMPLATES_RELEASE] = "UPDATE templates SET catalog = ? WHERE catalog = ?",
    /* declarer */
    [STATEMENT_TEMPLATES_TARGETS] = "SELECT DISTINCT catalog FROM templates"
                                    " WHERE declarer = ?",
    /* catalog */
    [STATEMENT_TEMPLATES_OF_CATALOG] = "SELECT pattern FROM templates WHERE catalog = ?"
                                       " ORDER BY id",

    /* catalog */
    [STATEMENT_INDEXED] = "SELECT id, name, catalog FROM indexed"
                          " WHERE catalog IN (?1, -?1) ORDER BY id",
    /* catalog, name */
    [STATEMENT_INDEXED_FIND] = "SELECT id FROM indexed WHERE catalog = ? AND name = ?",
    [STATEMENT_INDEXED_INSERT] = "INSERT INTO indexed (catalog, name) VALUES (?, ?)",
    /* id */
    [STATEMENT_INDEXED_DELETE] = "DELETE FROM indexed WHERE id = ?",
    [STATEMENT_INDEXED_READY] = "UPDATE indexed SET catalog = -catalog WHERE id = ?",
    /* The name must be one that no other has. */
    [STATEMENT_INDEXED_FORGET] = "UPDATE indexed SET catalog = 0,"
                                 " name = CAST(id AS TEXT) WHERE id = ?",
    [STATEMENT_INDEXED_FORGOTTEN] = "SELECT id FROM indexed WHERE catalog = 0 LIMIT 1",
    /* attribute */
    [STATEMENT_FILLING_INSERT] = "INSERT INTO filling (attribute, filled) VALUES (?, 0)",
    [STATEMENT_FILLING_DELETE] = "DELETE FROM filling WHERE attribute = ?",
    [STATEMENT_FILLING_FIRST] = "SELECT -i.catalog, f.filled FROM filling f"
                                " JOIN indexed i ON i.id = f.attribute"
                                " ORDER BY f.attribute LIMIT 1",
    /* catalog, filled */
    [STATEMENT_FILLING_LIKE] = "SELECT i.id, i.name FROM filling f"
                               " JOIN indexed i ON i.id = f.attribute"
                               " WHERE i.catalog = -?1 AND f.filled = ?2",
    /* attribute, filled */
    [STATEMENT_FILLING_UPDATE] = "UPDATE filling SET filled = ?2 WHERE attribute = ?1",
    /* attribute, value, entity */
    [STATEMENT_ATTRIBUTE_INSERT] = "INSERT OR IGNORE INTO attributes (attribute, value,"
                                   " entity) VALUES (?, ?, ?)",
    [STATEMENT_ATTRIBUTE_DELETE] = "DELETE FROM attributes WHERE attribute = ?"
                                   " AND value = ? AND entity = ?",
    /* attribute, how many */
    [STATEMENT_ATTRIBUTES_SWEEP] = "DELETE FROM attributes WHERE attribute = ?1 AND"
                                   " (value, entity) IN (SELECT value, entity"
                                   " FROM attributes WHERE attribute = ?1 LIMIT ?2)",

    /* collection, key */
    [STATEMENT_SLATE] = "SELECT key, expires, revision, text FROM slates"
                        " WHERE collection = ? AND key = ?",
    /* collection */
    [STATEMENT_SLATES] = "SELECT key, expires, revision, text FROM slates"
                         " WHERE collection = ? ORDER BY key",
    /* collection, key, expires, revision, text */
    [STATEMENT_SLATE_PUT] = "INSERT OR REPLACE INTO slates (collection, key, expires,"
                            " revision, text) VALUES (?, ?, ?, ?, ?)",
    /* collection, key */
    [STATEMENT_SLATE_DELETE] = "DELETE FROM slates WHERE collection = ? AND key = ?",
    /* now, how many at most */
    [STATEMENT_SLATES_SWEEP] = "DELETE FROM slates WHERE (collection, key) IN"
                               " (SELECT collection, key FROM slates WHERE expires > 0"
                               " AND expires <= ? LIMIT ?)",
};
