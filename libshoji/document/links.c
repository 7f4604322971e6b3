#include "document/document.h"

#include <shoji/template.h>

shoji_links shoji_document_links(const shoji_document *document, shoji_map map)
{
    bool is_map = (unsigned)map < SHOJI_MAP_COUNT;
    shoji_value value = is_map ? document->maps[map] : shoji_tree_root(NULL);
    shoji_links links = {
        .map = map,
        .is_array = shoji_value_type(value) == SHOJI_ARRAY,
        .members = shoji_value_members(value),
        .items = shoji_value_items(value),
    };
    return links;
}

bool shoji_links_next(shoji_links *links, shoji_link *link)
{
    link->map = links->map;
    if (links->is_array) {
        shoji_value item;
        if (!shoji_items_next(&links->items, &item))
            return false;
        link->name = shoji_value_string(item, &link->name_length);
        link->reference = link->name;
    } else {
        shoji_member member;
        if (!shoji_members_next(&links->members, &member))
            return false;
        link->name = member.name;
        link->name_length = member.name_length;
        link->reference = shoji_value_string(member.value, NULL);
    }
    link->is_template = shoji_template_is(link->reference);
    return true;
}

shoji_entries shoji_document_entries(const shoji_document *document)
{
    bool lists = document->element == SHOJI_ELEMENT_CATALOG;
    shoji_value nothing = shoji_tree_root(NULL);
    shoji_entries entries = {
        .entities = shoji_value_items(lists ? document->entities : nothing),
        .index = shoji_value_members(lists ? document->index : nothing),
    };
    return entries;
}

bool shoji_entries_next(shoji_entries *entries, shoji_entry *entry)
{
    shoji_value item;
    if (shoji_items_next(&entries->entities, &item)) {
        entry->reference = shoji_value_string(item, NULL);
        entry->tuple = shoji_tree_root(NULL);
        return true;
    }
    shoji_member member;
    if (!shoji_members_next(&entries->index, &member))
        return false;
    entry->reference = member.name;
    entry->tuple = member.value;
    return true;
}
