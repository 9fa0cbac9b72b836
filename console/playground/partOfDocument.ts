// The part of an OpenAPI document for one object: its operations and everything they refer to. Scalar
// processes a document before it renders, which takes minutes with hundreds of objects.

import { isRecord, type JsonObject } from '../api/json.ts'

const nodeOf = (value: unknown): JsonObject => (isRecord(value) ? value : {})

const nameOf = (tag: unknown): string => String(nodeOf(tag).name ?? '')

/** Tag of the operations that describe the API itself; in every part. */
const GENERAL = 'openApi'

export const tagsOf = (document: JsonObject): readonly string[] =>
  (Array.isArray(document.tags) ? document.tags : []).map(nameOf).filter((name) => name !== GENERAL)

const isTagged = (operation: unknown, tags: ReadonlySet<string>): boolean => {
  const own: unknown = nodeOf(operation).tags
  return Array.isArray(own) && own.some((tag) => tags.has(String(tag)))
}

/** Path items with the operations of the tags, and the parameters of the paths. */
const pathsOf = (document: JsonObject, tags: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(
    Object.entries(nodeOf(document.paths)).flatMap(([path, item]) => {
      const kept = Object.entries(nodeOf(item)).filter(
        ([key, value]) => key === 'parameters' || isTagged(value, tags),
      )
      return kept.some(([key]) => key !== 'parameters') ? [[path, Object.fromEntries(kept)]] : []
    }),
  )

const REFERENCE = /^#\/components\/([^/]+)\/([^/]+)$/

const referencesIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isRecord(value)) return []
  return [
    ...(typeof value.$ref === 'string' ? [value.$ref] : []),
    ...Object.values(value).flatMap(referencesIn),
  ]
}

const componentsOf = (document: JsonObject, paths: JsonObject): JsonObject => {
  const all = nodeOf(document.components)
  const kept = new Map<string, Map<string, unknown>>()
  let wanted = referencesIn(paths)
  while (wanted.length > 0) {
    const found = [...new Set(wanted)].flatMap((reference) => {
      const [, kind = '', name = ''] = REFERENCE.exec(reference) ?? []
      const component = nodeOf(all[kind])[name]
      const known = kept.get(kind) ?? new Map<string, unknown>()
      if (component === undefined || known.has(name)) return []
      kept.set(kind, known.set(name, component))
      return [component]
    })
    wanted = referencesIn(found)
  }
  const parts = [...kept].map(([kind, byName]) => [kind, Object.fromEntries(byName)] as const)
  return {
    ...Object.fromEntries(parts),
    ...('securitySchemes' in all ? { securitySchemes: all.securitySchemes } : {}),
  }
}

export const partOfDocument = (document: JsonObject, tag: string): JsonObject => {
  const tags = new Set([tag, GENERAL])
  const paths = pathsOf(document, tags)
  return {
    ...document,
    tags: (Array.isArray(document.tags) ? document.tags : []).filter((each) => tags.has(nameOf(each))),
    paths,
    components: componentsOf(document, paths),
  }
}
