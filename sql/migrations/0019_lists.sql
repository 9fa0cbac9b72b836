-- after functions
-- Lists are read in pages by id, and searched by the words of names.
create index workspaces_words_idx on tenantry.workspaces using gin (tenantry.words_of(name || ' ' || subdomain));
create index api_keys_workspace_id_id_idx on tenantry.api_keys (workspace_id, id);
drop index tenantry.api_keys_workspace_id_idx;
