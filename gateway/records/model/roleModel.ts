// The data model as one role sees it: only readable fields and columns, so that everything compiled from it
// names nothing else. An unrestricted role gets the model itself. Roles of equal permissions share one model,
// across workspaces.

import { createHash } from 'node:crypto'
import {
  type CompositeField,
  indexObjects,
  type Model,
  type ModelField,
  type ObjectModel,
} from '../../../tenants/model/model.ts'
import { withReferences } from '../../../tenants/model/reference.ts'
import type { Columns, Permissions } from '../../../tenants/permission/permissions.ts'
import type { CacheBudget } from '../../cache/budget.ts'
import { countDerived } from '../../cache/derived.ts'
import { roleModelBytes } from '../../cache/modelBytes.ts'
import { createOwnedCache } from '../../cache/ownedCache.ts'
import { closeRelations, limitsOn, type Reads, readsOf, UNLIMITED } from './roleLimits.ts'

const readableComposite = (reads: Reads, table: string, field: CompositeField): CompositeField | null => {
  const parts = field.parts.filter(({ column }) => reads(table, [column.name]))
  if (parts.length === field.parts.length) return field
  return parts.length === 0 ? null : { ...field, parts }
}

/** The readable part of the field; null if there is none. A relation requires both of its sides. */
const readableField = (reads: Reads, table: string, field: ModelField): ModelField | null => {
  switch (field.kind) {
    case 'scalar':
      return reads(table, [field.column.name]) ? field : null
    case 'composite':
      return readableComposite(reads, table, field)
    case 'toOne':
    case 'toMany':
      return reads(table, field.columns) && reads(field.target, field.targetColumns) ? field : null
  }
}

const seenObject = (permissions: Permissions, whole: ObjectModel): ObjectModel => {
  const reads = readsOf(permissions)
  const { table } = whole
  const fields = new Map(
    [...whole.fields].flatMap(([name, field]) => {
      const readable = readableField(reads, table, field)
      return readable === null ? [] : [[name, readable] as const]
    }),
  )
  const limits = limitsOn(permissions, table)
  const canRead = limits === null || limits.canRead
  const isWhole =
    fields.size === whole.fields.size &&
    [...fields].every(([name, field]) => whole.fields.get(name) === field)
  // Always a copy: caches keyed by object must not mix models that differ in the object's relations.
  if (limits === null && isWhole) return { ...whole }
  return {
    ...whole,
    fields,
    columns: new Map([...whole.columns].filter(([name]) => reads(table, [name]))),
    key: reads(table, whole.key) ? whole.key : [],
    uniqueKeys: whole.uniqueKeys.filter(({ columns }) => reads(table, columns)),
    softDelete: whole.softDelete !== null && reads(table, [whole.softDelete.name]) ? whole.softDelete : null,
    labelField: whole.labelField !== null && fields.has(whole.labelField) ? whole.labelField : null,
    isSearchable: whole.isSearchable && canRead,
    duplicateCriteria: whole.duplicateCriteria.filter((columns) => reads(table, columns)),
    restriction: { whole, permissions: limits ?? UNLIMITED },
  }
}

const listed = (columns: Columns): unknown => (columns === 'all' ? columns : [...columns].sort())

/** Cache key of a role model; null for an unrestricted role. */
const fingerprintOf = (model: Model, permissions: Permissions): string | null => {
  const limits = model.objects.flatMap(({ table }) => {
    const found = limitsOn(permissions, table)
    if (found === null) return []
    const { readableColumns, insertableColumns, updatableColumns, ...switches } = found
    return [
      [
        table,
        Object.values(switches),
        listed(readableColumns),
        listed(insertableColumns),
        listed(updatableColumns),
      ],
    ]
  })
  if (limits.length === 0) return null
  return createHash('sha256').update(JSON.stringify(limits)).digest('base64url')
}

const seenModel = (model: Model, permissions: Permissions, fingerprint: string): Model => {
  const objects = withReferences(model.objects.map((object) => seenObject(permissions, object)))
  return {
    schemaHash: `${model.schemaHash}:${fingerprint}`,
    functions: model.functions,
    unserved: model.unserved,
    omitted: model.omitted,
    unpinned: [],
    ...indexObjects(objects),
  }
}

/** The model for a role with these permissions: the model itself if unrestricted. */
export type RoleModelOf = (model: Model, permissions: Permissions) => Model

export const createRoleModels = (budget: CacheBudget): RoleModelOf => {
  const views = createOwnedCache<Model, Model>(budget, { name: 'role models' })
  /** Roles of equal grants share one map of them (auth/permissions.ts). */
  const fingerprints = new WeakMap<Permissions['objects'], WeakMap<Model, string | null>>()

  const make = (model: Model, granted: Permissions): Model => {
    const permissions = closeRelations(model, granted)
    const fingerprint = fingerprintOf(model, permissions)
    const known = fingerprints.get(granted.objects) ?? new WeakMap<Model, string | null>()
    fingerprints.set(granted.objects, known.set(model, fingerprint))
    if (fingerprint === null) return model
    const shared = views.get(model, fingerprint)
    if (shared !== undefined) return shared
    const view = seenModel(model, permissions, fingerprint)
    views.set(model, fingerprint, view, roleModelBytes(view))
    countDerived(view, (bytes) => views.grow(model, fingerprint, bytes))
    return view
  }

  return (model, permissions) => {
    const fingerprint = fingerprints.get(permissions.objects)?.get(model)
    if (fingerprint === null) return model
    const view = fingerprint === undefined ? undefined : views.get(model, fingerprint)
    return view ?? make(model, permissions)
  }
}
