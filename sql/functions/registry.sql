-- All registry rows of a workspace as one document.
create or replace function tenantry.registry(workspace uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', o.id,
    'oid', o.table_oid::text,
    'table', o.table_name,
    'namedVersion', o.named_version,
    'annotation', o.annotation,
    'createdAt', o.created_at,
    'updatedAt', o.updated_at,
    'fields', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', f.id,
        'number', f.column_number,
        'column', f.column_name,
        'face', f.face,
        'annotation', f.annotation,
        'createdAt', f.created_at,
        'updatedAt', f.updated_at
      )), '[]')
      from tenantry.fields f where f.object_id = o.id
    )
  )), '[]')
  from tenantry.objects o where o.workspace_id = workspace
$$;
