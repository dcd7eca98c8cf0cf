/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The inside of struct mig_api: operations with all that they take and give, and schemas from
 * which references and allOf are gone.  For reader and judge only.
 */
#ifndef MIG_APISPEC_API_INT_H
#define MIG_APISPEC_API_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apispec/model.h"
#include "apispec/tree.h"

struct mig_graphql;

/* JSON types, as bits: an integer is a number without fraction. */
#define MIG_T_NULL 1U
#define MIG_T_BOOLEAN 2U
#define MIG_T_INTEGER 4U
#define MIG_T_FRACTION 8U
#define MIG_T_STRING 16U
#define MIG_T_ARRAY 32U
#define MIG_T_OBJECT 64U
#define MIG_T_NUMBER (MIG_T_INTEGER | MIG_T_FRACTION)

/* Limits that a schema may set. */
enum mig_bound {
	MIG_BOUND_MAX,
	MIG_BOUND_MIN,
	MIG_BOUND_MAX_LENGTH,
	MIG_BOUND_MIN_LENGTH,
	MIG_BOUND_MAX_ITEMS,
	MIG_BOUND_MIN_ITEMS,
	MIG_BOUND_MAX_PROPERTIES,
	MIG_BOUND_MIN_PROPERTIES,
	MIG_BOUND_MULTIPLE
};

#define MIG_BOUNDS 9

struct mig_limit {
	const struct mig_tree *node; /* NULL: no limit */
	double value;
	enum mig_bound bound;
	bool exclusive;
};

struct mig_schema;

/* A list of values as JSON texts, sorted; NULL list: there is none. */
struct mig_values {
	const char **items;
	size_t count;
	const struct mig_tree *node;
};

/* A place that describes a property, and the next that does, too. */
struct mig_source {
	const struct mig_tree *node;
	struct mig_source *next;
};

struct mig_prop {
	const char *name;
	const struct mig_tree *node; /* the first source; NULL: only "required" names it */
	struct mig_source *sources;
	const struct mig_schema *schema; /* NULL when node is */
	bool required;
};

/* A keyword that is only compared as a whole. */
struct mig_keyword {
	const char *name;                /* of the keyword */
	const char *key;                 /* member of its object; "" */
	const struct mig_tree *node;     /* its value */
	const struct mig_schema *schema; /* when the value is one */
};

/* oneOf or anyOf. */
struct mig_group {
	bool any;
	const struct mig_tree *node;
	const struct mig_schema **members;
	size_t count;
};

/* One schema: all that allOf, references and their siblings say together. */
struct mig_schema {
	size_t index; /* in the interface */
	const struct mig_tree **parts;
	size_t parts_count;
	const char *component; /* name under which it is kept; NULL: it has none */
	bool wrap_null;        /* null is allowed by a choice around the parts */
	bool never;            /* "false" */
	bool nullable;
	bool read_only;
	bool write_only;
	bool deprecated;
	bool unique_items;
	bool untyped;   /* types only follow from other keywords */
	bool closed;    /* additionalProperties: false */
	unsigned types; /* MIG_T_…; 0: any */
	const struct mig_tree *type_node;
	const char *format;
	const char *pattern;
	const struct mig_tree *default_node;
	const struct mig_tree *const_node;
	const char *const_text;
	struct mig_values enumeration;
	struct mig_values extensible; /* x-extensible-enum */
	struct mig_limit *limits; /* those that there are; see mig_schema_limit() */
	size_t limits_count;
	struct mig_prop *props; /* sorted by name */
	size_t props_count;
	const struct mig_tree *required_node;
	const struct mig_schema *items;
	const struct mig_schema *additional; /* schema of other properties */
	const struct mig_tree *additional_node;
	const struct mig_schema **prefix;
	size_t prefix_count;
	const struct mig_tree *prefix_node;
	struct mig_group *groups;
	size_t groups_count;
	const struct mig_tree *discriminator;
	struct mig_keyword *keywords;
	size_t keywords_count;
};

struct mig_api_media {
	const char *type;       /* without parameters, lower case */
	const char *parameters; /* "charset=utf-8"; "" */
	const struct mig_tree *node;
	const struct mig_schema *schema; /* NULL: none is given */
};

struct mig_api_content {
	struct mig_api_media *items;
	size_t count;
};

struct mig_api_param {
	const char *name;
	const char *in;              /* query, path, header, cookie */
	const struct mig_tree *node; /* references followed */
	const char *shared;          /* name in components.parameters; NULL */
	const struct mig_schema *schema;
	const char *style;   /* or the media type of its content */
	bool exploded;       /* its parts are written apart */
	bool reserved;       /* reserved characters are written as they are */
	size_t position;  /* of a path parameter, in the path */
	bool required;
	bool path_level;
};

struct mig_api_header {
	const char *name;
	const struct mig_tree *node;
	const struct mig_schema *schema;
	bool required;
};

struct mig_api_response {
	const char *code;
	const struct mig_tree *node;
	const char *shared; /* name in components.responses; NULL */
	struct mig_api_content content;
	struct mig_api_header *headers;
	size_t headers_count;
	const struct mig_tree *links;
};

struct mig_api_body {
	const struct mig_tree *node; /* NULL: there is none */
	const char *shared;          /* name in components.requestBodies; NULL */
	bool required;
	struct mig_api_content content;
};

/* One scheme with its scopes inside an alternative. */
struct mig_api_scheme {
	const char *name;
	const char **scopes; /* sorted */
	size_t count;
};

/* Schemes that are needed together, sorted by name. */
struct mig_api_alternative {
	struct mig_api_scheme *schemes;
	size_t count;
};

/* Any of the alternatives is enough; no alternatives: nothing is needed. */
struct mig_api_security {
	const struct mig_tree *node; /* NULL: not said here */
	struct mig_api_alternative *items;
	size_t count;
};

struct mig_api_servers {
	const struct mig_tree *node; /* NULL: not said here */
	const char **urls;
	size_t count;
};

struct mig_api_op;

struct mig_api_ops {
	struct mig_api_op *items;
	size_t count;
	size_t cap;
};

struct mig_api_op {
	const char *path;   /* as written; of a webhook or callback its name */
	const char *key;    /* path with {} for each parameter, or the name */
	const char *method; /* upper case */
	const struct mig_tree *node;
	const struct mig_tree *path_node;
	const char *id;
	const char *stability; /* NULL: not said */
	const char *sunset;    /* as written; NULL */
	bool deprecated;
	struct mig_api_param *params;
	size_t params_count;
	struct mig_api_body body;
	struct mig_api_response *responses;
	size_t responses_count;
	struct mig_api_security security;
	struct mig_api_servers servers;
	const char **tags; /* in their order */
	size_t tags_count;
	struct mig_api_ops callbacks; /* key: name and expression */
};

struct mig_api_component {
	const char *name;
	const struct mig_tree *node;
	const struct mig_schema *schema;
};

struct mig_api {
	struct mig_tree_doc doc;       /* its arena holds all of this */
	struct mig_graphql *graphql;   /* NULL: an OpenAPI document */
	int version;                   /* 20, 30, 31 */
	bool failed;                   /* without memory, or over a limit */
	struct mig_findings *findings; /* while it is read */
	struct mig_api_ops ops;
	struct mig_api_ops webhooks;
	struct mig_api_component *components; /* in document order */
	size_t components_count;
	const struct mig_api_component **by_name; /* the same, sorted */
	const struct mig_tree *schemas_node;
	const struct mig_tree *schemes_node; /* security schemes */
	struct mig_api_security security;
	struct mig_api_servers servers;
	struct mig_schema **schemas; /* by index */
	size_t schemas_count;
	size_t schemas_cap;
	size_t *table; /* index + 1, by hash of parts; 0: free */
	size_t table_size;
	size_t steps;
	size_t read_parts; /* operations, parameters, media types, … so far */
	const struct mig_schema *anything;
	size_t *seen; /* for each node of the tree: the last round in which it was seen */
	size_t seen_round;
};

/*
 * Add a finding about a node of the interface's document.
 */
void mig_api_fault(struct mig_api *api, const struct mig_tree *node, const char *hint,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * What a node means: itself, or what its $ref leads to, however many steps.  NULL with a finding
 * when that is not in this document or does not end.
 */
const struct mig_tree *mig_api_follow(struct mig_api *api, const struct mig_tree *node);

/*
 * The same for a node that mig_api_follow() was called for when the interface was read; NULL where
 * that one gave NULL.
 */
const struct mig_tree *mig_api_meant(const struct mig_api *api, const struct mig_tree *node);

/*
 * One step: what the value of a $ref names.  NULL with a finding.
 */
const struct mig_tree *mig_api_follow_once(struct mig_api *api, const struct mig_tree *ref);

/*
 * The schema of a node (NULL: anything).  NULL after a failure that is noted in the interface.
 * What is inside it is there after mig_schema_finish().
 */
const struct mig_schema *mig_schema_of(struct mig_api *api, const struct mig_tree *node);

/*
 * Take apart all schemas that were asked for, and those inside them.
 */
void mig_schema_finish(struct mig_api *api);

/*
 * Fill in what the keywords of a schema's parts say; findings where they are wrong.
 */
void mig_schema_extract(struct mig_api *api, struct mig_schema *schema);

/*
 * The schema that several nodes describe together.  NULL after a failure.
 */
const struct mig_schema *mig_schema_of_all(struct mig_api *api, const struct mig_source *sources);

/*
 * The only choice of a node that has oneOf or anyOf with nothing (or only null) beside it; NULL
 * when it has no such list, or more to choose from.  ret_null tells that null is beside it.
 */
const struct mig_tree *mig_schema_single(const struct mig_tree *node, const char *keyword,
    bool *ret_null);

/*
 * What limits a schema in one respect; its node is NULL when nothing does.
 */
const struct mig_limit *mig_schema_limit(const struct mig_schema *schema, enum mig_bound bound);

/*
 * Whether a choice is just null.
 */
bool mig_schema_is_null(const struct mig_tree *node);

/*
 * The child that must be an object; NULL when it is absent, or (with a finding) something else.
 */
const struct mig_tree *mig_api_object(struct mig_api *api, const struct mig_tree *node,
    const char *key);

/*
 * As mig_api_object(), for an array.
 */
const struct mig_tree *mig_api_array(struct mig_api *api, const struct mig_tree *node,
    const char *key);

/*
 * As mig_api_object(), for a string.
 */
const char *mig_api_text(struct mig_api *api, const struct mig_tree *node, const char *key);

/*
 * As mig_api_object(), for an object whose members are strings.
 */
const struct mig_tree *mig_api_texts(struct mig_api *api, const struct mig_tree *node,
    const char *key);

/*
 * As mig_api_object(), for a boolean; false when absent.
 */
bool mig_api_flag(struct mig_api *api, const struct mig_tree *node, const char *key);

/*
 * Zeroed memory for count things that lives as long as the interface; NULL marks it as failed.
 */
void *mig_api_alloc(struct mig_api *api, size_t count, size_t size);

/*
 * Count a part of an operation, described by a node; false (with a finding, once) when there are
 * more than MIG_API_PARTS_MAX, as references can make of a small document.
 */
bool mig_api_count(struct mig_api *api, const struct mig_tree *node);

/*
 * Whether a list or map has at most MIG_API_PARAMS_MAX children; otherwise a finding.
 */
bool mig_api_few(struct mig_api *api, const struct mig_tree *node);

/*
 * A formatted text that lives as long as the interface; NULL marks it as failed.
 */
const char *mig_api_printf(struct mig_api *api, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * The name of the component that a node's $ref leads to, when it is one of such a section of
 * "components"; else NULL.
 */
const char *mig_api_shared(const struct mig_tree *node, const char *section);

/*
 * The schema that is kept under a name; NULL when there is none.
 */
const struct mig_api_component *mig_api_component(const struct mig_api *api, const char *name);

/*
 * The operations, components and what else there is, from the tree in the interface.
 */
void mig_api_read_openapi(struct mig_api *api);

/*
 * Read what a path item (or webhook, or callback) holds into ops; path is its name.
 */
void mig_api_read_item(
    struct mig_api *api, const struct mig_tree *item, const char *path, struct mig_api_ops *ops);

/*
 * The parameters of an operation: its own, and those of its path that it does not replace.
 */
void mig_api_read_params(struct mig_api *api, struct mig_api_op *op);

/*
 * The media types of "content".
 */
struct mig_api_content mig_api_read_content(struct mig_api *api, const struct mig_tree *node);

/*
 * The body and the responses of an operation.
 */
void mig_api_read_bodies(struct mig_api *api, struct mig_api_op *op);

/*
 * The requirements of "security" of a node.
 */
struct mig_api_security mig_api_read_security(struct mig_api *api, const struct mig_tree *node);

/*
 * The addresses of "servers" of a node.
 */
struct mig_api_servers mig_api_read_servers(struct mig_api *api, const struct mig_tree *node);

/*
 * The tree of a Swagger 2 document becomes one of OpenAPI 3.0; findings where it cannot.
 */
void mig_api_from_swagger(struct mig_api *api);

#endif
