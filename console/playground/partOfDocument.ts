// A part of an OpenAPI document that can be taken in: the operations of one object and whatever they refer
// to. In: the document and a tag; out: a document that holds these alone. Scalar reads a document as a whole
// before it shows anything, and hundreds of objects are minutes.

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nodeOf = (value: unknown): Node => (isNode(value) ? value : {})

const nameOf = (tag: unknown): string => String(nodeOf(tag).name ?? '')

/** What speaks of the API itself, and is in every part. */
const GENERAL = 'openApi'

export const tagsOf = (document: Node): readonly string[] =>
  (Array.isArray(document.tags) ? document.tags : []).map(nameOf).filter((name) => name !== GENERAL)

const isTagged = (operation: unknown, tags: ReadonlySet<string>): boolean => {
  const own: unknown = nodeOf(operation).tags
  return Array.isArray(own) && own.some((tag) => tags.has(String(tag)))
}

/** Path items with the operations of the tags, and what all operations of a path share. */
const pathsOf = (document: Node, tags: ReadonlySet<string>): Node =>
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
  if (!isNode(value)) return []
  return [
    ...(typeof value.$ref === 'string' ? [value.$ref] : []),
    ...Object.values(value).flatMap(referencesIn),
  ]
}

const componentsOf = (document: Node, paths: Node): Node => {
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

export const partOfDocument = (document: Node, tag: string): Node => {
  const tags = new Set([tag, GENERAL])
  const paths = pathsOf(document, tags)
  return {
    ...document,
    tags: (Array.isArray(document.tags) ? document.tags : []).filter((each) => tags.has(nameOf(each))),
    paths,
    components: componentsOf(document, paths),
  }
}
